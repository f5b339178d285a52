/// Bytes as lines of hexadecimal elements with the offset in front.
///
///     00000000  010000ed 00000000 00000000 00000000  ................
///     *
///     00000040  00000001
#pragma once

#include "cli/support/output.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace openbar::cli {

/// The little-endian element of `width` bytes at `at`.
[[nodiscard]] std::uint64_t element_at(std::string_view bytes, std::size_t at,
                                       unsigned width) noexcept;

class Hexdump {
public:
    /// `offset` is that of the first byte; elements are `width` bytes wide.
    Hexdump(Output& out, std::uint64_t offset, unsigned width)
        : out_(out), offset_(offset), width_(width) {}
    ~Hexdump();
    Hexdump(const Hexdump&) = delete;
    Hexdump& operator=(const Hexdump&) = delete;

    void add(std::string_view bytes);

private:
    void print_line(std::string_view line);

    Output& out_;
    std::uint64_t offset_;
    unsigned width_;
    std::string pending_;
    std::string last_line_;
    bool repeats_ = false;
};

}  // namespace openbar::cli
