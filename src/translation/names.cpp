#include "openbar/translation.hpp"

namespace openbar {

std::string_view to_string(PagingMode mode) noexcept {
    switch (mode) {
        case PagingMode::bits32: return "32";
        case PagingMode::pae: return "pae";
        case PagingMode::level4: return "4-level";
        case PagingMode::level5: return "5-level";
        case PagingMode::arm64_4k: return "arm64-4k";
        case PagingMode::arm64_16k: return "arm64-16k";
        case PagingMode::arm64_64k: return "arm64-64k";
    }
    return "unknown";
}

std::optional<PagingMode> paging_mode_named(std::string_view name) noexcept {
    for (const auto mode :
         {PagingMode::bits32, PagingMode::pae, PagingMode::level4, PagingMode::level5,
          PagingMode::arm64_4k, PagingMode::arm64_16k, PagingMode::arm64_64k})
        if (name == to_string(mode)) return mode;
    return std::nullopt;
}

std::string_view to_string(PagingLevel level) noexcept {
    switch (level) {
        case PagingLevel::pt: return "PT";
        case PagingLevel::pd: return "PD";
        case PagingLevel::pdpt: return "PDPT";
        case PagingLevel::pml4: return "PML4";
        case PagingLevel::pml5: return "PML5";
        case PagingLevel::l0: return "L0";
        case PagingLevel::l1: return "L1";
        case PagingLevel::l2: return "L2";
        case PagingLevel::l3: return "L3";
    }
    return "unknown";
}

std::string_view to_string(PageMemoryType type) noexcept {
    switch (type) {
        case PageMemoryType::uncached: return "UC";
        case PageMemoryType::write_combining: return "WC";
        case PageMemoryType::reserved: return "reserved";
        case PageMemoryType::write_through: return "WT";
        case PageMemoryType::write_protected: return "WP";
        case PageMemoryType::write_back: return "WB";
        case PageMemoryType::uncached_minus: return "UC-";
    }
    return "unknown";
}

}  // namespace openbar
