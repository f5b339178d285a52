#include "cli/support/text.hpp"

#include <array>

namespace openbar::cli {

std::string size_text(std::uint64_t bytes) {
    static constexpr std::array<std::string_view, 5> units{"bytes", "KiB", "MiB", "GiB", "TiB"};
    std::size_t unit = 0;
    while (bytes >= 1024 && bytes % 1024 == 0 && unit + 1 < units.size()) {
        bytes /= 1024;
        ++unit;
    }
    return fmt::format("{} {}", bytes, units[unit]);
}

std::string_view to_string(RegionKind kind) {
    switch (kind) {
        case RegionKind::memory: return "memory";
        case RegionKind::port_io: return "port I/O";
        case RegionKind::configuration: return "configuration";
    }
    return "unknown";
}

std::string_view to_string(MemoryType type) {
    switch (type) {
        case MemoryType::uncached: return "uncached";
        case MemoryType::write_combining: return "write-combining";
        case MemoryType::cached: return "cached";
        case MemoryType::unknown: return "unknown";
    }
    return "unknown";
}

}  // namespace openbar::cli
