#include "openbar/mediated_registers.hpp"

namespace openbar {

Result<void> MediatedRegisters::status() const {
    if (failure_) return *failure_;
    return {};
}

std::uint64_t MediatedRegisters::load_width(std::uint64_t offset, unsigned width) const {
    constexpr auto all_ones = ~std::uint64_t{0};
    if (failure_) return all_ones;
    auto value = region_.read_width(offset, width);
    if (value) return *value;
    failure_ = std::move(value).error();
    return all_ones;
}

void MediatedRegisters::store_width(std::uint64_t offset, unsigned width,
                                    std::uint64_t value) const {
    if (failure_) return;
    auto written = region_.write_width(offset, width, value);
    if (!written) failure_ = std::move(written).error();
}

}  // namespace openbar
