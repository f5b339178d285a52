#include "cli/support/text.hpp"

#include <array>

namespace openbar::cli {

namespace {

/// Takes factors of 1024 off `bytes` and says how many.
std::size_t take_units(std::uint64_t& bytes) {
    constexpr std::size_t most = 4;
    std::size_t units = 0;
    for (; bytes >= 1024 && bytes % 1024 == 0 && units < most; ++units) bytes /= 1024;
    return units;
}

}  // namespace

std::string size_text(std::uint64_t bytes) {
    static constexpr std::array<std::string_view, 5> names{"bytes", "KiB", "MiB", "GiB", "TiB"};
    const std::size_t units = take_units(bytes);
    return fmt::format("{} {}", bytes, names[units]);
}

std::string short_size_text(std::uint64_t bytes) {
    static constexpr std::array<std::string_view, 5> letters{"", "K", "M", "G", "T"};
    const std::size_t units = take_units(bytes);
    return fmt::format("{}{}", bytes, letters[units]);
}

std::string with_controls_shown(std::string_view text) {
    std::string shown;
    for (const char each : text) {
        const auto code = static_cast<unsigned char>(each);
        const bool controls = (code < 0x20 && each != '\n') || code == 0x7f;
        shown += controls ? fmt::format("\\x{:02x}", code) : std::string(1, each);
    }
    return shown;
}

std::string lower_case(std::string_view text) {
    std::string lowered(text);
    for (char& letter : lowered) letter = lower_case(letter);
    return lowered;
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
        case MemoryType::emulated: return "emulated";
        case MemoryType::unknown: return "unknown";
    }
    return "unknown";
}

}  // namespace openbar::cli
