#include "openbar/request_registers.hpp"

#include <memory>

namespace openbar {
namespace {

const Error* copy_of(const Error* error) {
    return error == nullptr ? nullptr : new Error(*error);
}

}  // namespace

RequestRegisters::RequestRegisters(const RequestRegisters& other)
    : region_(other.region_), failure_(copy_of(other.failure_.load(std::memory_order_acquire))) {}

RequestRegisters::RequestRegisters(RequestRegisters&& other) noexcept
    : region_(other.region_), failure_(other.failure_.exchange(nullptr)) {}

RequestRegisters& RequestRegisters::operator=(RequestRegisters other) noexcept {
    std::swap(region_, other.region_);
    other.failure_ = failure_.exchange(other.failure_.load());
    return *this;
}

RequestRegisters::~RequestRegisters() {
    restart();
}

void RequestRegisters::restart() noexcept {
    delete failure_.exchange(nullptr);
}

Result<void> RequestRegisters::status() const {
    if (const Error* failure = failure_.load(std::memory_order_acquire)) return *failure;
    return {};
}

void RequestRegisters::keep(Error error) const {
    auto kept = std::make_unique<const Error>(std::move(error));
    const Error* none = nullptr;
    if (failure_.compare_exchange_strong(none, kept.get(), std::memory_order_release,
                                         std::memory_order_relaxed))
        static_cast<void>(kept.release());
}

std::uint64_t RequestRegisters::load_width(std::uint64_t offset, unsigned width) const {
    constexpr auto all_ones = ~std::uint64_t{0};
    if (failure_.load(std::memory_order_relaxed) != nullptr) [[unlikely]]
        return all_ones;
    auto value = region_.read_width(offset, width);
    if (value) [[likely]]
        return *value;
    keep(std::move(value).error());
    return all_ones;
}

void RequestRegisters::store_width(std::uint64_t offset, unsigned width,
                                   std::uint64_t value) const {
    if (failure_.load(std::memory_order_relaxed) != nullptr) [[unlikely]]
        return;
    auto written = region_.write_width(offset, width, value);
    if (!written) [[unlikely]]
        keep(std::move(written).error());
}

}  // namespace openbar
