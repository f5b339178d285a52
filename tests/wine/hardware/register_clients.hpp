/// The card's registers in programs' addresses: reserved there, so that each access traps, and
/// answered by the model from here.
#pragma once

#include "tests/wine/hardware/win32_threads.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>

namespace openbar::hardware {

class CardHost;

class RegisterClients {
public:
    explicit RegisterClients(CardHost& card) : card_(card) {}

    /// Reserves `length` bytes in that process, at `wanted` where it is not 0. An NTSTATUS.
    long map(std::uint32_t process, std::uint64_t offset, std::uint64_t length,
             std::uint64_t wanted, std::uint64_t& mapped);
    void unmap(std::uint32_t process, std::uint64_t mapped);

    [[nodiscard]] std::uint32_t unknown_instructions();

private:
    struct Client;

    std::shared_ptr<Client> client(std::uint32_t process);
    void serve(const Client& client);

    CardHost& card_;
    Mutex lock_;
    std::map<std::uint32_t, std::shared_ptr<Client>> clients_;  // by process
    std::atomic<std::uint32_t> unknown_instructions_ = 0;       // of those that have ended
};

}  // namespace openbar::hardware
