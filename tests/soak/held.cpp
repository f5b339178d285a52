#include "tests/soak/held.hpp"

#include "tests/support/open_descriptors.hpp"

#include <fmt/format.h>

#include <fstream>

namespace openbar::soak {
namespace {

/// The number behind `name` in a file of lines "name number"; 0 where there is none.
std::int64_t number_in(const std::string& path, const std::string& name) {
    std::ifstream file(path);
    std::int64_t number = 0;
    for (std::string word; file >> word;)
        if (word == name && file >> number) return number;
    return 0;
}

}  // namespace

Held held_by(const std::string& process) {
    const std::string folder = "/proc/" + process;
    Held held;
    held.descriptors = open_descriptors(process);
    std::ifstream maps(folder + "/maps");
    for (std::string line; std::getline(maps, line);)
        held.shared_files += line.find("/memfd:") == std::string::npos ? 0 : 1;
    held.locked_kib = static_cast<std::uint64_t>(number_in(folder + "/status", "VmLck:"));
    return held;
}

std::string difference(const Held& before, const Held& after) {
    return fmt::format(
        "{} open files instead of {}, {} shared mappings instead of {}, {} KiB locked "
        "instead of {}",
        after.descriptors, before.descriptors, after.shared_files, before.shared_files,
        after.locked_kib, before.locked_kib);
}

std::int64_t pinned_pages() {
    // Each processor counts for itself; reading this adds them up.
    std::ifstream refresh("/proc/sys/vm/stat_refresh");
    refresh.get();
    return number_in("/proc/vmstat", "nr_foll_pin_acquired") -
           number_in("/proc/vmstat", "nr_foll_pin_released");
}

std::int64_t free_huge_pages() {
    return number_in("/proc/meminfo", "HugePages_Free:");
}

}  // namespace openbar::soak
