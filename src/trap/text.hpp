/// A few words put together where nothing may be allocated: in a signal handler.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace openbar::trap {

class Text {
public:
    /// What does not fit is left out.
    Text& operator<<(std::string_view words) noexcept {
        for (const char character : words)
            if (size_ < characters_.size()) characters_[size_++] = character;
        return *this;
    }
    Text& operator<<(std::uint64_t number) noexcept {
        *this << "0x";
        bool leading = true;
        for (int shift = 60; shift >= 0; shift -= 4) {
            const unsigned digit = number >> shift & 0xf;
            if (digit == 0 && leading && shift != 0) continue;
            leading = false;
            *this << std::string_view("0123456789abcdef").substr(digit, 1);
        }
        return *this;
    }
    [[nodiscard]] std::string_view view() const noexcept { return {characters_.data(), size_}; }

private:
    std::array<char, 600> characters_{};
    std::size_t size_ = 0;
};

}  // namespace openbar::trap
