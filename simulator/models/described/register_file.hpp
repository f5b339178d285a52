/// Described registers that hold values and have their side effects: what a simulated card is made
/// of, whose registers are described rather than programmed.
///
///     auto card = openbar::open_card("edu").value();
///     openbar::simulator::RegisterFile registers(card, [](const std::string& words) {
///         std::cerr << words << "\n";                          // touches of what is not described
///     });
///     registers.on_write("LIVENESS", [&](std::uint64_t written, std::uint64_t) {
///         registers.set("LIVENESS", ~written & 0xffffffff);
///     });
///     registers.write(card.regions()[0], 0x04, 4, 0x12345678);
///     std::uint64_t alive = registers.read(card.regions()[0], 0x04, 4);     // 0xedcba987
///
/// `read` and `write` are accesses of the bus, with effects; `get` and `set` are the card's own
/// hands, without. An access is one of a described register, or of one word of it, of exactly its
/// width. Everything else is reported, reads as all ones and writes nothing.
///
/// Undescribed bits of a register with fields keep their reset value; writing another one is
/// reported.
#pragma once

#include "openbar/described_registers.hpp"
#include "openbar/description.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace openbar::simulator {

class RegisterFile {
public:
    using Report = std::function<void(const std::string& words)>;
    /// Gets the register's value before the read, and returns what it reads as.
    using ReadHook = std::function<std::uint64_t(std::uint64_t value)>;
    /// Gets the written value, and the register's value before the write. The described effects
    /// have happened then.
    using WriteHook = std::function<void(std::uint64_t written, std::uint64_t before)>;

    /// `card` must outlive it.
    explicit RegisterFile(const openbar::Description& card, Report report = {});

    [[nodiscard]] std::uint64_t read(description::Region region, std::uint64_t offset,
                                     unsigned width);
    void write(description::Region region, std::uint64_t offset, unsigned width,
               std::uint64_t value);
    /// Back to the reset values. Bits whose reset value is not described are 0.
    void reset();

    /// The value of a register or field, by name. Throws `Exception` if there is none.
    [[nodiscard]] std::uint64_t get(std::string_view name) const;
    void set(std::string_view name, std::uint64_t value);

    /// Behaviour of one register. Throws `Exception` if there is none of this name.
    void on_read(std::string_view name, ReadHook hook);
    void on_write(std::string_view name, WriteHook hook);

private:
    /// One register of the card: its number in the description, and its offset in its region.
    struct Key {
        std::uint32_t region = 0;
        std::uint32_t described = 0;
        std::uint64_t offset = 0;
        bool operator==(const Key&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Key& key) const noexcept;
    };
    /// A register, and which of its bits an access touches.
    struct Touched {
        description::Place place;
        std::uint64_t bits = 0;
        unsigned shift = 0;
        bool swapped = false;
    };

    [[nodiscard]] static Key key_of(const description::Place& place) noexcept;
    [[nodiscard]] std::uint64_t& value_of(const description::Place& place);
    [[nodiscard]] std::uint64_t current(const description::Place& place) const;
    [[nodiscard]] description::Place target_of(const description::Place& place) const;
    [[nodiscard]] std::optional<Touched> find(description::Region region, std::uint64_t offset,
                                              unsigned width, bool for_writing);
    void apply_write(const Touched& touched, std::uint64_t written);
    void report(const std::string& words) const;

    const openbar::Description& card_;
    Report report_;
    std::unordered_map<Key, std::uint64_t, Hash> values_;
    std::unordered_set<Key, Hash> written_once_;
    std::unordered_map<Key, ReadHook, Hash> read_hooks_;
    std::unordered_map<Key, WriteHook, Hash> write_hooks_;
};

}  // namespace openbar::simulator
