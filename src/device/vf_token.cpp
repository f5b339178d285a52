#include "openbar/vf_token.hpp"

#include "base/failure.hpp"

#include <fmt/format.h>

#include <charconv>

namespace openbar {
namespace {

// RFC 4122, section 3: a dash before these bytes.
constexpr bool has_dash_before(std::size_t byte) {
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

bool take_byte(std::string_view& text, std::byte& byte) {
    unsigned value = 0;
    if (text.size() < 2) return false;
    const auto [end, error] = std::from_chars(text.data(), text.data() + 2, value, 16);
    if (error != std::errc() || end != text.data() + 2) return false;
    text.remove_prefix(2);
    byte = static_cast<std::byte>(value);
    return true;
}

}  // namespace

Result<VfToken> VfToken::parse(std::string_view text) {
    std::array<std::byte, 16> bytes{};
    std::string_view rest = text;
    bool well_formed = true;
    for (std::size_t at = 0; at < bytes.size() && well_formed; ++at) {
        if (has_dash_before(at)) {
            well_formed = rest.starts_with('-');
            if (well_formed) rest.remove_prefix(1);
        }
        well_formed = well_formed && take_byte(rest, bytes[at]);
    }
    if (well_formed && rest.empty()) return VfToken(bytes);
    return failure(ErrorCode::invalid_argument, fmt::format("'{}' is not a UUID", text),
                   "write it as 14d63f20-8445-11ea-8900-1f9ce7d5650d; uuidgen makes one");
}

std::string VfToken::to_string() const {
    std::string text;
    for (std::size_t at = 0; at < bytes_.size(); ++at) {
        if (has_dash_before(at)) text += '-';
        text += fmt::format("{:02x}", static_cast<unsigned>(bytes_[at]));
    }
    return text;
}

}  // namespace openbar
