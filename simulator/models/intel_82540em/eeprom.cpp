#include "simulator/models/intel_82540em/eeprom.hpp"

namespace openbar::simulator::e1000 {
namespace {

constexpr std::uint32_t clock = 1u << 0;
constexpr std::uint32_t select = 1u << 1;
constexpr std::uint32_t data_in = 1u << 2;
constexpr std::uint32_t data_out = 1u << 3;
constexpr std::uint32_t flash_write_enable = 3u << 4;
constexpr std::uint32_t request = 1u << 6;
constexpr std::uint32_t grant = 1u << 7;
constexpr std::uint32_t present = 1u << 8;

constexpr std::uint32_t eerd_start = 1u << 0;
constexpr std::uint32_t eerd_done = 1u << 4;

constexpr unsigned checksum_word = 0x3f;
constexpr std::uint16_t checksum = 0xbaba;  // of all words together

constexpr std::uint32_t operation_special = 0;
constexpr std::uint32_t operation_write = 1;
constexpr std::uint32_t operation_read = 2;
constexpr std::uint32_t operation_erase = 3;
// The upper two address bits tell the special operations apart.
constexpr std::uint32_t special_disable = 0;
constexpr std::uint32_t special_write_all = 1;
constexpr std::uint32_t special_erase_all = 2;
constexpr std::uint32_t special_enable = 3;

}  // namespace

Eeprom::Eeprom(const MacAddress& address) {
    words_.fill(0xffff);
    for (unsigned i = 0; i < 3; ++i)
        words_[i] = static_cast<std::uint16_t>(address[2 * i] | (address[2 * i + 1] << 8));
    words_[0x03] = 0x0000;  // compatibility
    words_[0x0a] = 0x4408;  // initialization control: ids are valid, power management
    words_[0x0b] = 0x001e;  // subsystem id, Intel's PRO/1000 MT desktop adapter
    words_[0x0c] = 0x8086;  // subsystem vendor
    words_[0x0d] = 0x100e;  // device
    words_[0x0e] = 0x8086;  // vendor
    words_[0x0f] = 0x3040;  // initialization control 2
    std::uint16_t sum = 0;
    for (unsigned i = 0; i < checksum_word; ++i) sum = static_cast<std::uint16_t>(sum + words_[i]);
    words_[checksum_word] = static_cast<std::uint16_t>(checksum - sum);
}

MacAddress Eeprom::mac_address() const {
    MacAddress address{};
    for (unsigned i = 0; i < 6; ++i)
        address[i] = static_cast<std::uint8_t>(words_[i / 2] >> (8 * (i % 2)));
    return address;
}

std::uint32_t Eeprom::read(std::uint32_t eerd) const {
    if ((eerd & eerd_start) == 0) return eerd & 0xff00;
    const std::uint32_t index = (eerd >> 8) & 0xff;
    const std::uint32_t data = index < words ? words_[index] : 0;
    return (data << 16) | (index << 8) | eerd_done;
}

std::uint32_t Eeprom::pins() const {
    // Access is granted as soon as it is requested: nobody else wants the EEPROM.
    return present | pins_ | ((pins_ & request) != 0 ? grant : 0) | (out_ ? data_out : 0);
}

void Eeprom::write_pins(std::uint32_t eecd) {
    const std::uint32_t before = pins_;
    pins_ = eecd & (clock | select | data_in | flash_write_enable | request);
    if ((pins_ & select) == 0) {
        if ((before & select) != 0) deselected();
        return;
    }
    const bool rising = (pins_ & clock) != 0 && (before & clock) == 0;
    if (rising) clocked((pins_ & data_in) != 0);
}

void Eeprom::deselected() {
    // An operation that changes words begins when the chip is let go. It is over at once, which
    // the chip shows by a high output.
    if (phase_ == Phase::finished) program();
    phase_ = Phase::command;
    command_ = 0;
    bits_ = 0;
    data_ = 0;
    out_ = true;
}

void Eeprom::clocked(bool in) {
    switch (phase_) {
        case Phase::command:
            if (bits_ == 0 && !in) return;  // no start bit yet
            command_ = (command_ << 1) | (in ? 1 : 0);
            if (++bits_ == 9) decode();
            break;
        case Phase::reading:
            out_ =
                ((words_[((command_ & 0x3f) + bits_ / 16) % words] >> (15 - bits_ % 16)) & 1) != 0;
            ++bits_;
            break;
        case Phase::data:
            data_ = (data_ << 1) | (in ? 1 : 0);
            if (++bits_ == 16) phase_ = Phase::finished;
            break;
        case Phase::finished: break;
    }
}

void Eeprom::decode() {
    bits_ = 0;
    const std::uint32_t operation = (command_ >> 6) & 3;
    const std::uint32_t special = (command_ >> 4) & 3;
    if (operation == operation_read) {
        phase_ = Phase::reading;
        out_ = false;  // the dummy bit before the data
        return;
    }
    const bool takes_data = operation == operation_write ||
                            (operation == operation_special && special == special_write_all);
    phase_ = takes_data ? Phase::data : Phase::finished;
}

void Eeprom::program() {
    const std::uint32_t operation = (command_ >> 6) & 3;
    const std::uint32_t special = (command_ >> 4) & 3;
    if (operation == operation_special && special == special_enable) write_enabled_ = true;
    if (operation == operation_special && special == special_disable) write_enabled_ = false;
    if (!write_enabled_) return;
    const auto data = static_cast<std::uint16_t>(data_);
    if (operation == operation_write) words_[command_ & 0x3f] = data;
    if (operation == operation_erase) words_[command_ & 0x3f] = 0xffff;
    if (operation == operation_special && special == special_write_all) words_.fill(data);
    if (operation == operation_special && special == special_erase_all) words_.fill(0xffff);
}

}  // namespace openbar::simulator::e1000
