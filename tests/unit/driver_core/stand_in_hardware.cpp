// Registers, ports and the configuration space: the card behind them answers.
#include "stand_in_kernel.hpp"
#include "stand_in_thread.hpp"

#include <cstring>

namespace openbar::driver::test {

using worst_case::Switch;

StandInKernel::Target StandInKernel::find(std::uint64_t physical, RangeKind kind, unsigned width) {
    for (std::uint32_t i = 0; i < resources->range_count; ++i) {
        const ResourceRange& range = resources->ranges[i];
        if (range.kind == kind && physical >= range.start &&
            physical - range.start < range.length &&
            range.length - (physical - range.start) >= width)
            return {i, physical - range.start};
    }
    violation("touched memory or ports that are not the device's");
    return {0, 0};
}

std::uint64_t StandInKernel::read_register(const void* address, unsigned width) {
    if (during_access) during_access();
    const auto at =
        find(reinterpret_cast<std::uint64_t>(address) - kernel_base, RangeKind::memory, width);
    return card_->read(at.region, at.offset, width);
}

void StandInKernel::write_register(void* address, unsigned width, std::uint64_t value) {
    if (during_access) during_access();
    const auto at =
        find(reinterpret_cast<std::uint64_t>(address) - kernel_base, RangeKind::memory, width);
    card_->write(at.region, at.offset, width, value);
    line_changed();
}

std::uint32_t StandInKernel::read_port(std::uint64_t port, unsigned width) {
    const auto at = find(port, RangeKind::port, width);
    return static_cast<std::uint32_t>(card_->read(at.region, at.offset, width));
}

void StandInKernel::write_port(std::uint64_t port, unsigned width, std::uint32_t value) {
    const auto at = find(port, RangeKind::port, width);
    card_->write(at.region, at.offset, width, value);
}

void StandInKernel::check_configuration_level() {
    if (worst.is(Switch::virtual_function) && (holds(Lock::waits) || holds(Lock::interrupt)))
        violation("configuration space of a virtual function touched above APC_LEVEL");
}

bool StandInKernel::read_configuration(std::uint32_t offset, void* bytes, std::uint32_t length) {
    check_configuration_level();
    if (fails("read_configuration") || !has_configuration) return false;
    const std::uint32_t value = card_->read_configuration(offset, length);
    std::memcpy(bytes, &value, length);
    return true;
}

bool StandInKernel::write_configuration(std::uint32_t offset, const void* bytes,
                                        std::uint32_t length) {
    check_configuration_level();
    if (fails("write_configuration") || !has_configuration) return false;
    std::uint32_t value = 0;
    std::memcpy(&value, bytes, length);
    card_->write_configuration(offset, length, value);
    line_changed();
    return true;
}

}  // namespace openbar::driver::test
