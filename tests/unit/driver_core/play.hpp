/// A whole life of a device, decided by bytes: handles of several processes, requests with any content,
/// late, cancelled, while kernel calls fail and Windows does its worst.
///
///     Bytes bytes(data, size);                        // a fuzzer's
///     Dice dice(seed); Bytes bytes(dice, 4000);       // so many at random
///     std::uint64_t requests = play(bytes);
///
/// Nothing may be left at the end, no rule of the kernel be broken, no request be lost: what goes wrong
/// is a failed expectation of GoogleTest's.
#pragma once

#include "tests/worst_case/windows.hpp"

#include <cstddef>
#include <cstdint>

namespace openbar::driver::test {

class Bytes {
public:
    Bytes(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}
    Bytes(worst_case::Dice& dice, std::size_t count) : dice_(&dice), left_(count) {}

    [[nodiscard]] bool empty() const { return left_ == 0; }
    std::uint8_t byte() {
        if (left_ == 0) return 0;
        --left_;
        return dice_ != nullptr ? static_cast<std::uint8_t>(dice_->below(256)) : *data_++;
    }
    std::uint32_t word() {
        const std::uint32_t low = byte();
        const std::uint32_t middle = byte();
        return low | middle << 8 | std::uint32_t{byte()} << 16;
    }

private:
    const std::uint8_t* data_ = nullptr;
    worst_case::Dice* dice_ = nullptr;
    std::size_t left_;
};

/// How many requests were made.
std::uint64_t play(Bytes& bytes);

}  // namespace openbar::driver::test
