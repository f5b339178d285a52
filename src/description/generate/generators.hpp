/// One function for each language, and what they share.
#pragma once

#include "openbar/described_registers.hpp"
#include "openbar/generate.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace openbar::description {

/// Lines of a file, indented.
class Lines {
public:
    explicit Lines(unsigned step = 4) noexcept : step_(step) {}
    void add(std::string_view line = {});
    /// A text in lines of at most 100 columns, each behind `start`.
    void add_wrapped(std::string_view start, std::string_view text);
    void indent() noexcept { depth_ += step_; }
    void outdent() noexcept { depth_ -= step_; }
    [[nodiscard]] std::string take() noexcept { return std::move(text_); }

private:
    std::string text_;
    unsigned step_;
    unsigned depth_ = 0;
};

/// "0x1f".
[[nodiscard]] std::string hex_text(std::uint64_t value);
/// "31:24" or "7".
[[nodiscard]] std::string bits_of(Field field);
/// A name without its [%s].
[[nodiscard]] std::string plain_name(std::string_view name);
/// A name with the extents of its array: "RX[0…3]".
[[nodiscard]] std::string array_name(std::string_view name, const std::vector<Dimension>& array);
/// Characters that XML and HTML reserve.
[[nodiscard]] std::string escaped(std::string_view text);
/// The text on one line.
[[nodiscard]] std::string one_line(std::string_view text);
/// "read-only", "read-write, a one clears it", …
[[nodiscard]] std::string properties_text(Access access, ReadEffect read, WriteEffect write);

/// Bits of a register by what writing them does; no bit is in two of them.
struct EffectMasks {
    std::uint64_t one_to_clear = 0;
    std::uint64_t zero_to_clear = 0;
    std::uint64_t one_to_set = 0;  ///< and to toggle: a zero does nothing
    std::uint64_t write_only = 0;
    bool cannot_be_written_back = false;
};
[[nodiscard]] EffectMasks effect_masks(Register described);

/// Names of a field's values without doubles, in the order of the description.
struct NamedValue {
    std::string name;
    std::uint64_t value = 0;
    std::string documentation;
};
[[nodiscard]] std::vector<NamedValue> named_values(Field field);

[[nodiscard]] std::string generate_cpp(const Description& card, const std::string& name);
[[nodiscard]] std::string generate_c(const Description& card, const std::string& name);
[[nodiscard]] std::string generate_svd(const Description& card, const std::string& name);
[[nodiscard]] std::string generate_markdown(const Description& card, const std::string& name);
[[nodiscard]] std::string generate_html(const Description& card, const std::string& name);

}  // namespace openbar::description
