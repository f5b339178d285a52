#include "plain_card.hpp"

namespace openbar::driver::test {

PlainCard::PlainCard() {
    for (auto& region : memory_)
        region = std::make_unique<std::array<std::atomic<std::uint8_t>, region_bytes>>();
    set_configuration(0x00, 4, 0x11e81234);
    set_configuration(0x04, 2, 0x0007);  // decodes, and masters the bus as the firmware left it
    set_configuration(0x08, 4, 0xff000010);
    set_configuration(0x2c, 4, 0x00011af4);
    set_configuration(0x100, 4, 0xffffffff);
    fix_configuration(0x00, 4);
    fix_configuration(0x06, 10);
}

std::uint64_t PlainCard::read(std::uint32_t region, std::uint64_t offset, unsigned width) {
    std::uint64_t value = 0;
    for (unsigned i = width; i-- > 0;)
        value = value << 8 | (gone ? 0xff : (*memory_[region])[(offset + i) % region_bytes].load());
    return value;
}

void PlainCard::write(std::uint32_t region, std::uint64_t offset, unsigned width,
                      std::uint64_t value) {
    ++writes;
    if (has_interrupt_registers_ && region == 0 && offset == acknowledge)
        set_word(cause, word(cause) & ~static_cast<std::uint32_t>(value));
    for (unsigned i = 0; i < width; ++i)
        (*memory_[region])[(offset + i) % region_bytes] = static_cast<std::uint8_t>(value >> 8 * i);
}

std::uint32_t PlainCard::read_configuration(std::uint32_t offset, unsigned width) {
    std::uint32_t value = 0;
    for (unsigned i = width; i-- > 0;) {
        const std::uint32_t at = (offset + i) % 4096;
        const std::uint8_t pending =
            at == 6 && has_interrupt_registers_ && (word(cause) & word(mask)) != 0 ? 8 : 0;
        value = value << 8 | (gone ? 0xff : configuration_[at].load() | pending);
    }
    return value;
}

void PlainCard::write_configuration(std::uint32_t offset, unsigned width, std::uint32_t value) {
    for (unsigned i = 0; i < width; ++i)
        if (!fixed_[(offset + i) % 4096])
            configuration_[(offset + i) % 4096] = static_cast<std::uint8_t>(value >> 8 * i);
    if (express_ != 0 && offset == express_ + 8u && (value & 0x8000) != 0) reset();
}

void PlainCard::set_configuration(std::uint32_t offset, unsigned width, std::uint32_t value) {
    for (unsigned i = 0; i < width; ++i)
        configuration_[offset + i] = static_cast<std::uint8_t>(value >> 8 * i);
}

void PlainCard::fix_configuration(std::uint32_t offset, unsigned width) {
    for (unsigned i = 0; i < width; ++i) fixed_[offset + i] = 1;
}

void PlainCard::give_interrupt_registers() {
    has_interrupt_registers_ = true;
    set_word(mask, 0xffffffff);
}

std::uint32_t PlainCard::word(std::uint64_t offset) const {
    std::uint32_t value = 0;
    for (unsigned i = 4; i-- > 0;) value = value << 8 | (*memory_[0])[offset + i].load();
    return value;
}

void PlainCard::set_word(std::uint64_t offset, std::uint32_t value) {
    for (unsigned i = 0; i < 4; ++i)
        (*memory_[0])[offset + i] = static_cast<std::uint8_t>(value >> 8 * i);
}

void PlainCard::raise(std::uint32_t causes) {
    set_word(cause, word(cause) | causes);
}

bool PlainCard::asserts_line() const {
    if (!powered || gone || (configuration_[5] & 4) != 0) return false;
    return (configuration_[6] & 8) != 0 ||
           (has_interrupt_registers_ && (word(cause) & word(mask)) != 0);
}

void PlainCard::add_capability(std::uint8_t at, std::uint8_t id) {
    set_configuration(0x06, 2, read_configuration(0x06, 2) | 0x10);
    set_configuration(last_capability_, 1, at);
    set_configuration(at, 2, id);
    last_capability_ = at + 1u;
}

void PlainCard::add_express(std::uint8_t at) {
    add_capability(at, 0x10);
    set_configuration(at + 4u, 4, 1u << 28);
    set_configuration(0x100, 4, 0);  // extended space is there, and empty
    express_ = at;
}

void PlainCard::add_msix(std::uint8_t at, std::uint16_t vectors, std::uint8_t bar,
                         std::uint32_t offset) {
    add_capability(at, 0x11);
    set_configuration(at + 2u, 2, vectors - 1u);
    set_configuration(at + 4u, 4, offset | bar);
    set_configuration(at + 8u, 4, (offset + 16u * vectors) | bar);
}

void PlainCard::reset() {
    ++resets;
    if (on_reset) on_reset();
    for (std::uint32_t at : {0x04u, 0x05u, 0x0cu, 0x0du, 0x3cu}) configuration_[at] = 0;
    for (std::uint32_t at = 0x10; at < 0x28; ++at) configuration_[at] = 0;
    configuration_[express_ + 8u] = configuration_[express_ + 9u] = 0;
}

}  // namespace openbar::driver::test
