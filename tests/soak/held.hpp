/// What a process, or the kernel for a device, holds on to: the same before and after, or something
/// has leaked.
#pragma once

#include <cstdint>
#include <string>

namespace openbar::soak {

struct Held {
    std::uint64_t descriptors = 0;   ///< open files
    std::uint64_t shared_files = 0;  ///< mappings of memfds: buffers lent by or to somebody
    std::uint64_t locked_kib = 0;    ///< VmLck, where VFIO books what it pins
    friend bool operator==(const Held&, const Held&) = default;
};

[[nodiscard]] Held held_by(const std::string& process);
[[nodiscard]] inline Held held_by_this_process() {
    return held_by("self");
}
[[nodiscard]] std::string difference(const Held& before, const Held& after);

/// Pages that the kernel has pinned for devices and not released since the machine started.
[[nodiscard]] std::int64_t pinned_pages();
/// HugePages_Free.
[[nodiscard]] std::int64_t free_huge_pages();

}  // namespace openbar::soak
