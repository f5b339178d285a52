/// The serial EEPROM of 64 words beside the 82540EM, a 93C46 in Microwire mode.
///
///     Eeprom eeprom({0x52, 0x54, 0x00, 0x12, 0x34, 0x56});
///     eeprom.read(0x0b << 8 | 1);                     // what EERD shows after that was written
///     eeprom.write_pins(…); eeprom.pins();            // EECD, where software moves each wire
///
/// Facts: manual 317453, sections 5.3 to 5.6 (contents, checksum) and 13.4.3, 13.4.4 (EECD, EERD);
/// the commands of a 93C46 with 16-bit words: read, write, erase, the same for all words, and
/// write enable and disable. Words written stay until the model ends; a reset keeps them.
#pragma once

#include <array>
#include <cstdint>

namespace openbar::simulator::e1000 {

using MacAddress = std::array<std::uint8_t, 6>;

class Eeprom {
public:
    static constexpr unsigned words = 64;

    explicit Eeprom(const MacAddress& address);

    [[nodiscard]] std::uint16_t word(unsigned index) const { return words_[index % words]; }
    [[nodiscard]] MacAddress mac_address() const;

    /// EERD: takes what is written to the register, returns what it reads as then.
    [[nodiscard]] std::uint32_t read(std::uint32_t eerd) const;

    /// EECD.
    [[nodiscard]] std::uint32_t pins() const;
    void write_pins(std::uint32_t eecd);

private:
    enum class Phase : std::uint8_t { command, reading, data, finished };

    void deselected();
    void clocked(bool in);
    void decode();
    void program();

    std::array<std::uint16_t, words> words_{};
    std::uint32_t pins_ = 0;
    Phase phase_ = Phase::command;
    std::uint32_t command_ = 0;  // the start bit, two of operation, six of address
    unsigned bits_ = 0;
    std::uint32_t data_ = 0;
    bool out_ = true;
    bool write_enabled_ = false;
};

}  // namespace openbar::simulator::e1000
