/// What a simulated card is: its registers' behaviour, in one class.
///
/// A whole model, of a card with one register that counts its reads:
///
///     class Counter : public openbar::simulator::Model {
///     public:
///         Counter() {
///             description_.name = "counter";
///             description_.vendor = 0x1234;
///             description_.device = 0xc0de;
///             description_.regions = {{.index = 0, .size = 4096}};
///         }
///         const Description& description() const override { return description_; }
///         std::uint64_t read(RegionNumber, std::uint64_t offset, unsigned) override {
///             return offset == 0 ? ++reads_ : 0;
///         }
///         void write(RegionNumber, std::uint64_t, unsigned, std::uint64_t) override {}
///         void reset() override { reads_ = 0; }
///     private:
///         Description description_;
///         std::uint32_t reads_ = 0;
///     };
///
/// Three hosts run the same model unchanged: the vfio-user server (`openbar sim`), the `sim:`
/// device address, and the stand-in hardware under which the Windows driver is tested. A model
/// is therefore plain C++: no system calls, no threads, no clock but the host's.
///
/// A model that throws is reported on standard error, once. The access then reads as all ones.
///
/// Thread-safety: a host calls a model from one thread at a time, and never from within a call
/// that the model makes to its Bus.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace openbar::simulator {

/// 0…5 are BARs, 6 the ROM, 7 the configuration space, as everywhere in openbar. The host serves
/// the configuration space itself, from the description (configuration_space.hpp).
using RegionNumber = std::uint32_t;
inline constexpr RegionNumber rom_region = 6;

/// What a read gives where nobody answers, cut to the width of the access.
inline constexpr std::uint64_t all_ones = ~std::uint64_t{0};

struct RegionDescription {
    RegionNumber index = 0;
    std::uint64_t size = 0;  ///< bytes, a power of two
    bool port_io = false;
    bool prefetchable = false;
    bool is_64bit = false;
    /// Parts that are plain memory without side effects, page-aligned: clients may map them, and
    /// the model finds what they hold in `Bus::memory`. Everything else arrives as read and write.
    struct Plain {
        std::uint64_t offset = 0;
        std::uint64_t length = 0;
    };
    std::vector<Plain> plain{};
};

/// Something a host's poll loop can wait for: a file descriptor on Linux.
using PollSource = std::intptr_t;

/// The identity of a card, as its configuration space shows it.
struct Description {
    std::string name;  ///< of the model: "edu"
    std::uint16_t vendor = 0xffff;
    std::uint16_t device = 0xffff;
    std::uint16_t subsystem_vendor = 0;
    std::uint16_t subsystem = 0;
    std::uint8_t revision = 0;
    std::uint32_t class_code = 0xff0000;  ///< 24 bits: base class, subclass, interface
    std::vector<RegionDescription> regions;
    bool intx = false;               ///< has an interrupt pin (INTA)
    std::uint16_t msi_vectors = 0;   ///< 0, or a power of two up to 32
    bool msi_maskable = false;       ///< MSI has a mask and a pending bit for each vector
    std::uint16_t msix_vectors = 0;  ///< 0…2048; the table's BAR is given by msix_region
    RegionNumber msix_region = 0;    ///< the BAR whose `msix_offset` holds table, then PBA
    std::uint64_t msix_offset = 0;
    bool power_management = false;  ///< can be put to sleep (D3hot)
    /// Keeps its registers asleep (No_Soft_Reset); else it is reset when it is woken.
    bool keeps_state_asleep = true;
};

/// What a card may do on its own: reach memory, interrupt, let time pass. Given by the host.
class Bus {
public:
    virtual ~Bus() = default;

    /// Reads or writes memory at the addresses the driver gave the card. False where no memory is
    /// mapped there, the card may not master the bus, or the client has gone; nothing or a part
    /// may have been transferred then.
    [[nodiscard]] virtual bool read(std::uint64_t iova, std::span<std::byte> destination) = 0;
    [[nodiscard]] virtual bool write(std::uint64_t iova, std::span<const std::byte> source) = 0;

    /// Sets the level of the INTx line. The card keeps it asserted until its driver has
    /// acknowledged the cause; the host turns that into INTx where INTx is in use.
    virtual void set_interrupt_line(bool asserted) = 0;
    /// Sends message `vector` if MSI or MSI-X is enabled. False if neither is, so that the card
    /// falls back on its line, or if the card has no such vector. A message is a write to memory:
    /// while the card may not master the bus it is lost, and the answer is true.
    [[nodiscard]] virtual bool send_message(std::uint16_t vector) = 0;

    /// Reports an error that the card cannot correct, as PCI Express cards do (AER). The client
    /// receives `DeviceEvent::error`, and its next waits fail. Hosts without events ignore it.
    virtual void report_error() {}

    /// For faults on purpose: the card is pulled out; or it no longer decodes its regions. Hosts
    /// without either ignore it.
    virtual void remove() {}
    virtual void stop_decoding() {}

    /// The host's clock, monotonic, from an unspecified start.
    [[nodiscard]] virtual std::chrono::nanoseconds now() = 0;
    /// Calls `action` once, at or after `when`, unless the card is reset or gone before.
    virtual void at(std::chrono::nanoseconds when, std::function<void()> action) = 0;

    /// Calls `action` from the host's poll loop each time `source` has something to read (or its
    /// other side has gone), until `unwatch`; a reset of the card changes nothing about it. For
    /// what reaches a card from outside, such as the frames on a wire. `action` reads without
    /// waiting, and calls `unwatch` once there will be nothing more to read. False where this
    /// host cannot wait for such a source.
    [[nodiscard]] virtual bool watch(PollSource source, std::function<void()> action) {
        return static_cast<void>(source), static_cast<void>(action), false;
    }
    virtual void unwatch(PollSource source) { static_cast<void>(source); }

    /// The memory behind the plain parts of a region: the region's whole size, shared with the
    /// clients. Its bytes change under the model's hands: read once, then check.
    [[nodiscard]] virtual std::span<std::byte> memory(RegionNumber region) = 0;
};

class Model {
public:
    virtual ~Model() = default;

    [[nodiscard]] virtual const Description& description() const = 0;

    /// Called once, before anything else. The bus outlives the model.
    virtual void attach(Bus& bus) { bus_ = &bus; }

    /// One access of `width` 1, 2, 4 or 8 bytes at `offset`, which is a multiple of the width and
    /// lies within the region. What the card does for widths it does not like is its own
    /// affair: as on a bus, there is no error, but all ones or nothing.
    [[nodiscard]] virtual std::uint64_t read(RegionNumber region, std::uint64_t offset,
                                             unsigned width) = 0;
    virtual void write(RegionNumber region, std::uint64_t offset, unsigned width,
                       std::uint64_t value) = 0;

    /// Back to the state after power-on. Pending `at` actions are gone already, and the line is
    /// not asserted.
    virtual void reset() = 0;

protected:
    Bus* bus_ = nullptr;
};

}  // namespace openbar::simulator
