#include "backends/sysfs/virtual_function.hpp"

#include "openbar/pci_registers.hpp"

#include "backends/sysfs/attribute.hpp"
#include "backends/sysfs/pci_directory.hpp"
#include "base/system_calls.hpp"

#include <fcntl.h>

#include <filesystem>
#include <system_error>

namespace openbar::sysfs {
namespace {

/// Little-endian, as every machine with PCI that openbar runs on.
template <typename T>
bool read_at(const FileDescriptor& file, std::uint32_t offset, unsigned width, T& value) {
    value = 0;
    return system_calls::pread(file.get(), &value, width, static_cast<off_t>(offset)) ==
           static_cast<ssize_t>(width);
}

}  // namespace

std::optional<VirtualFunction> virtual_function_at(const std::string& directory) {
    const auto physical = PciAddress::parse(link_target_name(directory + "/physfn"));
    if (!physical) return std::nullopt;
    VirtualFunction function{.physical = *physical};
    const std::string name = std::filesystem::path(directory).filename().string();
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(pci_directory(*physical), error)) {
        const std::string link = entry.path().filename().string();
        if (!link.starts_with("virtfn") || link_target_name(entry.path().string()) != name)
            continue;
        if (const auto number = parse_number(link.substr(6)))
            function.number = static_cast<std::uint32_t>(*number);
    }
    return function;
}

VirtualFunctionControl VirtualFunctionControl::of(const PciAddress& physical) {
    VirtualFunctionControl control;
    control.configuration_ = system_calls::open(pci_directory(physical) + "/config", O_RDONLY);
    if (!control.configuration_) return control;
    const auto read = [&](std::uint32_t offset, unsigned width, std::uint32_t& value) {
        return read_at(control.configuration_, offset, width, value);
    };
    pci::walk_extended_capabilities(pci::express_size, read, [&](const pci::CapabilityPlace& it) {
        if (it.id == pci::extended_capability::sr_iov)
            control.control_ = it.offset + pci::sr_iov_control;
        return control.control_ == 0;
    });
    return control;
}

VirtualFunctionControl::State VirtualFunctionControl::state() const {
    std::uint16_t control = 0;
    if (control_ == 0) return State::unknown;
    if (!read_at(configuration_, control_, sizeof control, control)) return State::gone;
    if (control == 0xffff) return State::gone;
    constexpr std::uint16_t needed = pci::sr_iov_vf_enable | pci::sr_iov_vf_memory_enable;
    return (control & needed) == needed ? State::enabled : State::disabled;
}

}  // namespace openbar::sysfs
