/// Main memory as the card sees it: common buffers and pinned pages, by the addresses it was given.
#pragma once

#include "tests/wine/hardware/win32_threads.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace openbar::hardware {

class DeviceMemory {
public:
    /// Memory of the driver host, and the section behind it, so that a program can share it.
    struct Common {
        std::byte* address = nullptr;
        void* section = nullptr;
        std::uint64_t iova = 0;
        std::uint64_t length = 0;
    };

    /// Null address where there is none to be had.
    Common allocate(std::uint64_t length);
    /// The buffer that holds that address; a null one where none does.
    Common find(const void* address);
    void free(void* address);

    long pin(std::uint32_t process, std::uint64_t address, std::uint64_t length, bool writable,
             std::span<std::uint64_t> frames);
    void unpin(std::span<const std::uint64_t> frames);
    /// Another frame number for the same page, as long as that is pinned.
    std::uint64_t remap(std::uint64_t frame);

    bool read(std::uint64_t iova, std::span<std::byte> destination);
    bool write(std::uint64_t iova, std::span<const std::byte> source);

    [[nodiscard]] std::uint32_t common_count();
    [[nodiscard]] std::uint32_t pinned_count();

private:
    struct Pinned {
        std::uint32_t process = 0;
        std::uint64_t page = 0;
    };
    template <typename Part, typename Copy>
    bool transfer(std::uint64_t iova, Part part, Copy copy);

    Mutex lock_;
    std::map<std::uint64_t, Common> common_;           // by IOVA
    std::map<std::uint64_t, Pinned> pinned_;           // by frame number
    std::map<std::uint64_t, std::uint64_t> remapped_;  // frames to those that the device knows
    // Addresses that edu, with its 28 bits, can reach. The frames of neighbouring pages are no
    // neighbours, as in a machine that has run for a while.
    std::uint64_t next_common_ = 0x0100000;
    std::uint64_t next_frame_ = 0x8000;
    std::uint64_t next_remapped_ = 0x4000;
};

}  // namespace openbar::hardware
