/// The file descriptors that came with one message, owned until somebody takes them.
///
///     FileDescriptor file = descriptors.take(0);
///
/// Every message has one of these and nearly all are empty, so it costs nothing when it is.
#pragma once

#include "base/file_descriptor.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace openbar::vfio_user {

class Descriptors {
public:
    /// More than either side here ever asks for in one message.
    static constexpr std::size_t capacity = 16;

    Descriptors() noexcept {}  // not defaulted: the numbers are left as they are
    Descriptors(Descriptors&& other) noexcept : count_(std::exchange(other.count_, 0)) {
        std::copy_n(other.numbers_.begin(), count_, numbers_.begin());
    }
    Descriptors& operator=(Descriptors&& other) noexcept {
        clear();
        count_ = std::exchange(other.count_, 0);
        std::copy_n(other.numbers_.begin(), count_, numbers_.begin());
        return *this;
    }
    ~Descriptors() { clear(); }

    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    /// The number itself; -1 once it was taken.
    [[nodiscard]] int operator[](std::size_t index) const noexcept { return numbers_[index]; }
    [[nodiscard]] FileDescriptor take(std::size_t index) noexcept {
        return FileDescriptor(std::exchange(numbers_[index], -1));
    }

    /// False, and the descriptor closed, where there is no room.
    bool add(FileDescriptor descriptor) noexcept {
        if (count_ == capacity) return false;
        numbers_[count_++] = descriptor.release();
        return true;
    }
    void clear() noexcept {
        while (count_ > 0) {
            if (const int number = numbers_[--count_]; number >= 0) ::close(number);
        }
    }

private:
    std::array<int, capacity> numbers_;
    std::size_t count_ = 0;
};

}  // namespace openbar::vfio_user
