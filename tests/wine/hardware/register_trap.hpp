/// Kernel views of the card's registers: addresses at which every access traps into the model.
#pragma once

#include "tests/wine/hardware/port_board.hpp"
#include "tests/wine/hardware/win32_threads.hpp"

#include <atomic>
#include <cstdint>
#include <map>

namespace openbar::hardware {

class CardHost;

class RegisterTrap {
public:
    explicit RegisterTrap(CardHost& card);

    /// Addresses for `length` bytes of the BAR from `offset` on; null where there are none.
    void* map(std::uint64_t offset, std::uint64_t length);
    void unmap(void* address);

    /// The offset within the BAR of an address in a view; false where it is in none.
    bool find(std::uint64_t address, std::uint64_t& offset);

    [[nodiscard]] std::uint32_t view_count();
    [[nodiscard]] std::uint32_t unknown_instructions() const { return unknown_; }

    /// From the exception handler, too: the card's ports, or the board's.
    [[nodiscard]] std::uint32_t read_port(std::uint16_t port, unsigned width);
    void write_port(std::uint16_t port, unsigned width, std::uint32_t value);
    [[nodiscard]] std::uint32_t stray_ports() const { return board_.strays(); }

    /// From the exception handler: true where the access has been done and stepped over.
    bool emulate(void* context_record, std::uint64_t fault_address);

private:
    struct View {
        std::uint64_t offset;
        std::uint64_t length;
    };

    CardHost& card_;
    PortBoard board_;
    Mutex lock_;
    std::map<std::uint64_t, View> views_;  // by address
    std::atomic<std::uint32_t> unknown_ = 0;
};

}  // namespace openbar::hardware
