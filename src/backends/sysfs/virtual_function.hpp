/// SR-IOV virtual functions: which physical function they belong to, and whether they decode memory.
///
/// In the configuration space of a virtual function, the ids read as 0xffff and the memory enable bit
/// is 0. The control register of the physical function's SR-IOV capability enables them instead.
/// Source: PCI Express Base Specification 5.0, sections 9.3.3.3, 9.3.4.1.1 and 9.3.4.1.3.
#pragma once

#include "openbar/pci.hpp"

#include "base/file_descriptor.hpp"

#include <optional>
#include <string>

namespace openbar::sysfs {

/// Empty for a function that is not a virtual one. `directory` is the function's, in sysfs.
[[nodiscard]] std::optional<VirtualFunction> virtual_function_at(const std::string& directory);

/// The control register of a physical function's SR-IOV capability.
class VirtualFunctionControl {
public:
    /// Opens the configuration space of `physical`, if this user may read beyond its header.
    [[nodiscard]] static VirtualFunctionControl of(const PciAddress& physical);

    enum class State { unknown, enabled, disabled, gone };
    [[nodiscard]] State state() const;

private:
    FileDescriptor configuration_;
    std::uint32_t control_ = 0;  // its offset; 0: not known
};

}  // namespace openbar::sysfs
