/// A card without behaviour: memory behind its regions and its configuration space, and an
/// interrupt line to pull. Any thread may use it at any time.
///
///     PlainCard card;
///     card.set_configuration(0x06, 2, 0x0008);          // it asserts INTx
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

namespace openbar::driver::test {

/// What stands behind the stand-in kernel's bus.
class Card {
public:
    virtual ~Card() = default;
    virtual std::uint64_t read(std::uint32_t region, std::uint64_t offset, unsigned width) = 0;
    virtual void write(std::uint32_t region, std::uint64_t offset, unsigned width,
                       std::uint64_t value) = 0;
    virtual std::uint32_t read_configuration(std::uint32_t offset, unsigned width) = 0;
    virtual void write_configuration(std::uint32_t offset, unsigned width, std::uint32_t value) = 0;
    /// Whether it asserts its interrupt line now.
    [[nodiscard]] virtual bool asserts_line() const { return false; }
    /// The bus driver puts it into D0, or takes it out of there.
    virtual void power(bool) {}
};

class PlainCard final : public Card {
public:
    static constexpr std::uint64_t region_bytes = 64 * 1024;  // what lies beyond repeats it

    PlainCard();
    std::uint64_t read(std::uint32_t region, std::uint64_t offset, unsigned width) override;
    void write(std::uint32_t region, std::uint64_t offset, unsigned width,
               std::uint64_t value) override;
    std::uint32_t read_configuration(std::uint32_t offset, unsigned width) override;
    void write_configuration(std::uint32_t offset, unsigned width, std::uint32_t value) override;

    /// Sets bytes of the configuration space, read-only or not.
    void set_configuration(std::uint32_t offset, unsigned width, std::uint32_t value);
    /// Makes bytes ignore writes.
    void fix_configuration(std::uint32_t offset, unsigned width);
    /// A PCI Express function with function-level reset, which really clears its header.
    void add_express(std::uint8_t at);
    /// MSI-X with so many vectors, its table in `bar` at `offset`.
    void add_msix(std::uint8_t at, std::uint16_t vectors, std::uint8_t bar, std::uint32_t offset);
    void add_capability(std::uint8_t at, std::uint8_t id);

    /// Its line is asserted while a bit of the cause register, which a write of ones to
    /// `acknowledge` clears, is set in the mask register; all of region 0, 4 bytes each.
    static constexpr std::uint64_t cause = 0x24, acknowledge = 0x64, mask = 0x68;
    void give_interrupt_registers();
    /// Something has happened that it interrupts for.
    void raise(std::uint32_t causes);
    [[nodiscard]] bool asserts_line() const override;
    void power(bool on) override { powered = on; }

    std::atomic<bool> powered{true};       ///< in D0; else it asserts nothing
    std::atomic<bool> gone{false};         ///< everything reads as all ones
    std::atomic<std::uint32_t> writes{0};  ///< to regions
    std::atomic<std::uint32_t> resets{0};
    std::function<void()> on_reset;  ///< what else it clears

private:
    void reset();
    [[nodiscard]] std::uint32_t word(std::uint64_t offset) const;
    void set_word(std::uint64_t offset, std::uint32_t value);

    std::array<std::unique_ptr<std::array<std::atomic<std::uint8_t>, region_bytes>>, 8> memory_;
    std::array<std::atomic<std::uint8_t>, 4096> configuration_{};
    std::array<std::atomic<std::uint8_t>, 4096> fixed_{};
    std::uint32_t last_capability_ = 0x34;
    std::uint8_t express_ = 0;
    bool has_interrupt_registers_ = false;
};

}  // namespace openbar::driver::test
