#include "cli/inf/driver_image.hpp"

#include "base/failure.hpp"

#include <bit>
#include <cstring>
#include <optional>

namespace openbar::cli {
namespace {

// Where the headers of an image say what. Source: Microsoft, PE Format.
constexpr std::size_t header_offset = 0x3c;
constexpr std::size_t optional_header = 24;  // behind the signature and the file header
constexpr std::size_t checksum = optional_header + 64;
constexpr std::size_t security_of_pe32 = optional_header + 128;
constexpr std::size_t security_of_pe64 = optional_header + 144;
constexpr std::uint16_t pe32 = 0x10b, pe64 = 0x20b;

constexpr std::uint8_t magic[] = OPENBAR_PERMIT_MAGIC;

/// A little-endian number, if the file is long enough to have it.
template <typename Number>
std::optional<Number> number_at(std::string_view image, std::size_t at) {
    static_assert(std::endian::native == std::endian::little);
    if (at > image.size() || image.size() - at < sizeof(Number)) return std::nullopt;
    Number number{};
    std::memcpy(&number, image.data() + at, sizeof number);
    return number;
}

Error unusable(const std::string& cause, const std::string& hint = {}) {
    return failure(ErrorCode::invalid_argument, cause, hint);
}

/// Of the PE header; nothing where it is no image for one of the two processors.
std::optional<std::size_t> find_header(std::string_view image) {
    const auto at = number_at<std::uint32_t>(image, header_offset);
    if (!at || !image.starts_with("MZ") || *at > image.size()) return std::nullopt;
    if (!image.substr(*at).starts_with(std::string_view("PE\0\0", 4))) return std::nullopt;
    const auto kind = number_at<std::uint16_t>(image, *at + optional_header);
    if (kind != pe32 && kind != pe64) return std::nullopt;
    return *at;
}

bool is_signed(std::string_view image, std::size_t header) {
    const auto kind = number_at<std::uint16_t>(image, header + optional_header);
    const auto at = header + (kind == pe64 ? security_of_pe64 : security_of_pe32);
    return number_at<std::uint32_t>(image, at).value_or(0) != 0;
}

}  // namespace

std::uint32_t image_checksum(std::string_view image, std::size_t at) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < image.size(); i += 2) {
        if (i == at || i == at + 2) continue;
        const auto low = static_cast<unsigned char>(image[i]);
        const auto high =
            i + 1 < image.size() ? static_cast<unsigned char>(image[i + 1]) : std::uint8_t{0};
        sum += static_cast<std::uint32_t>(high) << 8 | low;
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return sum + static_cast<std::uint32_t>(image.size());
}

Result<std::string> with_permit(std::string image, const openbar_permit& permit) {
    const auto header = find_header(image);
    if (!header) return unusable("the file is no driver for x64 or x86");
    if (is_signed(image, *header))
        return unusable("the driver is signed, and a change would break its signature",
                        "take the driver as it was built; sign it afterwards");
    const std::string_view wanted(reinterpret_cast<const char*>(magic), sizeof magic);
    const std::size_t at = image.find(wanted);
    if (at == image.npos)
        return unusable("the driver has no place for a permit",
                        "--drivers is the folder of the drivers of this version of openbar");
    if (image.find(wanted, at + 1) != image.npos)
        return unusable("the driver has more than one place for a permit");
    const auto size = number_at<std::uint32_t>(image, at + offsetof(openbar_permit, size));
    if (size != sizeof permit || image.size() - at < sizeof permit)
        return unusable("the driver's permit has another layout than this program's",
                        "--drivers is the folder of the drivers of this version of openbar");
    std::memcpy(image.data() + at, &permit, sizeof permit);
    const std::size_t sum_at = *header + checksum;
    if (image.size() < sum_at + sizeof(std::uint32_t)) return unusable("the file is cut short");
    const std::uint32_t sum = image_checksum(image, sum_at);
    std::memcpy(image.data() + sum_at, &sum, sizeof sum);
    return image;
}

}  // namespace openbar::cli
