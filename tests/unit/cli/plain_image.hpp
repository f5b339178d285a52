/// A driver's file as far as `openbar inf` looks at it: headers, and an empty permit.
#pragma once

#include "driver/interface/openbar_permit.h"

#include <cstdint>
#include <cstring>
#include <string>

namespace openbar::test {

struct PlainImage {
    static constexpr std::size_t header = 0x80;
    static constexpr std::size_t checksum = header + 24 + 64;
    static constexpr std::size_t permit = 0x400;

    explicit PlainImage(bool is_64bit = true) {
        put("MZ", 0, 2);
        number(static_cast<std::uint32_t>(header), 0x3c);
        put("PE\0\0", header, 4);
        number(static_cast<std::uint16_t>(is_64bit ? 0x20b : 0x10b), header + 24);
        const openbar_permit empty{OPENBAR_PERMIT_MAGIC, sizeof(openbar_permit), 0, 0, 0, {}, {}};
        put(&empty, permit, sizeof empty);
        bytes.back() = 'e';
    }

    void put(const void* from, std::size_t at, std::size_t length) {
        std::memcpy(bytes.data() + at, from, length);
    }
    template <typename Number>
    void number(Number value, std::size_t at) {
        put(&value, at, sizeof value);
    }

    std::string bytes = std::string(permit + sizeof(openbar_permit) + 101, '\0');
};

[[nodiscard]] inline openbar_permit permit_in(const std::string& image) {
    openbar_permit permit{};
    std::memcpy(&permit, image.data() + PlainImage::permit, sizeof permit);
    return permit;
}

}  // namespace openbar::test
