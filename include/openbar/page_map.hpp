/// Looks up the physical page of an address of a running process.
///
///     int variable = 1;
///     auto page = openbar::look_up_page(reinterpret_cast<std::uintptr_t>(&variable)).value();
///     if (page.physical) std::cout << std::hex << *page.physical << "\n";
///     else if (page.hidden) std::cout << "only root may know\n";
///
/// The result may be outdated at once: unless the page is pinned, the kernel can move it or write
/// it to disk. For memory of a device, use DMA buffers or pinned memory. Source: Linux,
/// Documentation/admin-guide/mm/pagemap.rst. Linux only.
#pragma once

#include "openbar/result.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace openbar {

struct ProcessPage {
    std::uint64_t address = 0;    ///< the address that was looked up
    std::uint64_t page_size = 0;  ///< bytes of one entry of the page map
    bool present = false;         ///< in memory
    bool swapped = false;         ///< written out to swap
    bool file_or_shared = false;  ///< of a file or of shared memory; else the process's own
    bool exclusive = false;       ///< no other process maps it
    bool soft_dirty = false;      ///< written since the marks were last cleared
    /// Present, but the kernel does not show where: that needs CAP_SYS_ADMIN.
    bool hidden = false;
    /// The physical address of the byte at `address`; empty if the page is not present or `hidden`.
    std::optional<std::uint64_t> physical;
    /// The line of /proc/PID/maps that contains the address, or empty.
    std::string mapping;
};

/// Looks up one page of a process; 0 is the calling process. Thread-safe. Errors: out_of_range (not
/// an address of user space); not_found (no such process); permission_denied (another user's
/// process); unsupported (a kernel without page maps).
[[nodiscard]] Result<ProcessPage> look_up_page(std::uint64_t address, int process = 0);

}  // namespace openbar
