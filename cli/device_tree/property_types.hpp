/// What kind of value a property has, by its name: a flattened tree does not say it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace openbar::cli {

enum class PropertyType : std::uint8_t { strings, cells };

/// Nothing for names that no standard defines.
///
/// Sources: Devicetree Specification, release 0.4, chapters 2 to 4 and appendix B; the consumer
/// bindings of Linux (Documentation/devicetree/bindings: clock, dma, gpio, interrupt-controller,
/// iommu, pinctrl, power, regulator, reset).
[[nodiscard]] std::optional<PropertyType> property_type(std::string_view name) noexcept;

}  // namespace openbar::cli
