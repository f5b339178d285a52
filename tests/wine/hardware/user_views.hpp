/// What programs have mapped: the card's registers, where each access is the model's, and common
/// buffers as they are.
#pragma once

#include "tests/wine/hardware/register_clients.hpp"
#include "tests/wine/hardware/win32_threads.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <utility>

namespace openbar::hardware {

class UserViews {
public:
    explicit UserViews(CardHost& card) : clients_(card) {}

    /// `section` null: the card's registers from `offset` on.
    long map(void* section, std::uint64_t offset, std::uint64_t length, std::uint32_t process,
             std::uint64_t wanted, std::uint64_t& mapped);
    /// An NTSTATUS error where that process has no such view of ours.
    long unmap(std::uint32_t process, std::uint64_t mapped);
    /// Views go with the process that has them.
    void forget(std::uint32_t process);
    /// Addresses of a process that nobody else gets: at `address`, unless that is 0.
    static long reserve(std::uint32_t process, std::uint64_t length, std::uint64_t& address);
    static long release(std::uint32_t process, std::uint64_t address);

    [[nodiscard]] std::uint32_t count();
    [[nodiscard]] std::uint32_t wrong_process() const { return wrong_process_; }

    /// Instructions of programs' that touched registers in no way a compiler does.
    [[nodiscard]] std::uint32_t unknown_instructions() { return clients_.unknown_instructions(); }

private:
    static long map_section(void* section, std::uint64_t offset, std::uint64_t length,
                            std::uint32_t process, std::uint64_t wanted, std::uint64_t& mapped);

    RegisterClients clients_;
    Mutex lock_;
    std::map<std::pair<std::uint32_t, std::uint64_t>, bool> views_;  // whether they are registers
    std::atomic<std::uint32_t> wrong_process_ = 0;
};

}  // namespace openbar::hardware
