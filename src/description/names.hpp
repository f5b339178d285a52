/// Names of elements: of an array the name has a %s for each index.
///
///     element_name(model, "RX[%s]", dimension, {3})             "RX[3]"
///     element_name(model, "TIM%s_CR", dimension, {1})           "TIMB_CR", where the label of 1 is B
#pragma once

#include "description/model.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace openbar::description {

/// One index for each dimension, outermost first.
using Indices = std::vector<std::uint64_t>;

[[nodiscard]] std::string element_name(const Model& model, std::string_view pattern,
                                       std::uint32_t dimension,
                                       std::span<const std::uint64_t> indices);

/// The indices of the element that has this name; false if none has.
[[nodiscard]] bool indices_of(const Model& model, std::string_view pattern, std::uint32_t dimension,
                              std::string_view name, Indices& indices);

/// Bytes from the first element's start to that of the element with these indices.
[[nodiscard]] std::uint64_t element_offset(const Model& model, std::uint32_t dimension,
                                           std::span<const std::uint64_t> indices) noexcept;

/// Steps to the next element of an array, the innermost index first; false behind the last one.
/// Without dimensions there is one element.
[[nodiscard]] bool next_element(const Model& model, std::uint32_t dimension, Indices& indices);
/// The first element's indices.
[[nodiscard]] Indices first_element(const Model& model, std::uint32_t dimension);

/// Whether a name fits a pattern of `*` and `?`. Takes time as the product of their lengths at most.
[[nodiscard]] bool fits(std::string_view pattern, std::string_view name) noexcept;

}  // namespace openbar::description
