/// What programs have mapped: the card's registers as watched memory, and common buffers as they
/// are.
#pragma once

#include "tests/wine/hardware/win32_threads.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace openbar::hardware {

class CardHost;

class UserViews {
public:
    explicit UserViews(CardHost& card);

    /// `section` null: the card's registers from `offset` on.
    long map(void* section, std::uint64_t offset, std::uint64_t length, std::uint32_t process,
             std::uint64_t wanted, std::uint64_t& mapped);
    /// An NTSTATUS error where that process has no such view of ours.
    long unmap(std::uint32_t process, std::uint64_t mapped);
    /// Views go with the process that has them.
    void forget(std::uint32_t process);
    static long find_hole(std::uint32_t process, std::uint64_t length, std::uint64_t& address);

    [[nodiscard]] std::uint32_t count();
    [[nodiscard]] std::uint32_t wrong_process() const { return wrong_process_; }

private:
    struct View {
        std::uint64_t base;
        bool registers;
    };

    void watch();
    void show(std::uint64_t offset, unsigned width);
    void take(std::uint64_t offset, unsigned width);

    CardHost& card_;
    void* section_ = nullptr;
    std::uint8_t* watched_ = nullptr;
    std::vector<std::uint8_t> shown_;
    Mutex lock_;
    std::map<std::pair<std::uint32_t, std::uint64_t>, View> views_;  // by process and address
    std::atomic<std::uint32_t> registers_mapped_ = 0;
    std::atomic<std::uint32_t> wrong_process_ = 0;
};

}  // namespace openbar::hardware
