/// The file descriptors that came with one message, owned until somebody takes them.
#pragma once

#include "base/file_descriptor.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace openbar::vfio_user {

class Descriptors {
public:
    /// More than either side here ever asks for in one message.
    static constexpr std::size_t capacity = 16;

    Descriptors() = default;
    Descriptors(Descriptors&& other) noexcept
        : items_(std::move(other.items_)), count_(std::exchange(other.count_, 0)) {}
    Descriptors& operator=(Descriptors&& other) noexcept {
        items_ = std::move(other.items_);
        count_ = std::exchange(other.count_, 0);
        return *this;
    }

    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    [[nodiscard]] FileDescriptor& operator[](std::size_t index) noexcept { return items_[index]; }

    /// False, and the descriptor closed, where there is no room.
    bool add(FileDescriptor descriptor) noexcept {
        if (count_ == capacity) return false;
        items_[count_++] = std::move(descriptor);
        return true;
    }
    void clear() noexcept {
        while (count_ > 0) items_[--count_].reset();
    }

private:
    std::array<FileDescriptor, capacity> items_;
    std::size_t count_ = 0;
};

}  // namespace openbar::vfio_user
