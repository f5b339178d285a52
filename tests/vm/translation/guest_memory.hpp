/// The memory of the bare-metal guest, a file that QEMU and the test share.
///
///     GuestMemory memory(scratch.file("ram"));
///     memory.set_job(paging, tables, addresses, orders);
///     ... start QEMU with memory.arguments(), wait until memory.done() ...
///     memory.result(0).read_error;
#pragma once

#include "openbar/translation.hpp"

#include "tables.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace openbar::testing {

/// What touching one address gave, as guest.S writes it.
struct ProbeResult {
    std::uint64_t value;
    std::uint32_t read_error;
    std::uint32_t write_error;
    std::uint32_t execute_error;
    std::uint32_t smap_error;  ///< of reading while user pages are forbidden
};
inline constexpr std::uint32_t no_error = UINT32_MAX;
inline constexpr std::uint32_t general_protection = 0x1000;
inline constexpr std::uint64_t return_instructions = 0xc3c3'c3c3'c3c3'c3c3;

class GuestMemory {
public:
    explicit GuestMemory(std::string file);
    ~GuestMemory();
    GuestMemory(const GuestMemory&) = delete;
    GuestMemory& operator=(const GuestMemory&) = delete;

    void set_tables(const RandomTables& tables);
    /// `may_execute[i]` allows the guest to call the last eight bytes of the page of address i.
    void set_job(const Paging& paging, const std::vector<std::uint64_t>& addresses,
                 const std::vector<bool>& may_execute);
    [[nodiscard]] std::vector<std::string> arguments() const;
    [[nodiscard]] bool done() const;
    [[nodiscard]] ProbeResult result(std::size_t probe) const;
    [[nodiscard]] std::span<const std::byte> bytes() const;

private:
    template <typename Number>
    void put(std::uint64_t address, Number value);

    std::string file_;
    std::byte* bytes_;
};

}  // namespace openbar::testing
