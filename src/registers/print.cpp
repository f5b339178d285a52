#include "openbar/register_print.hpp"

#include <fmt/format.h>

#include <iterator>

namespace openbar::detail {
namespace {

std::string number_text(const FieldInfo& field, std::uint64_t raw) {
    if (field.is_signed) {
        const unsigned above = 63 - (field.high - field.low);
        return fmt::format("{}", static_cast<std::int64_t>(raw << above) >> above);
    }
    // Small numbers read best in decimal, addresses and patterns in hexadecimal.
    return raw < 1024 ? fmt::format("{}", raw) : fmt::format("{:#x}", raw);
}

}  // namespace

std::string image_text(std::uint64_t image, unsigned width, std::span<const FieldInfo> fields) {
    std::string text = fmt::format("{:#0{}x}", image, 2 * width + 2);
    for (const FieldInfo& field : fields) {
        if (!field.readable) continue;
        const std::uint64_t raw =
            (image >> field.low) & (~std::uint64_t{0} >> (63 - (field.high - field.low)));
        const std::string_view name =
            field.enumerator == nullptr ? std::string_view() : field.enumerator(raw);
        if (name.empty()) {
            fmt::format_to(std::back_inserter(text), " {}={}", field.name, number_text(field, raw));
        } else {
            fmt::format_to(std::back_inserter(text), " {}={}", field.name, name);
        }
    }
    return text;
}

}  // namespace openbar::detail
