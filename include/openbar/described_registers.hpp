/// Values and accesses of described registers: fields by name, and writes with their side effects.
///
///     auto card = openbar::find_card({.vendor = 0x1234, .device = 0x11e8}).value();
///     openbar::description::RegionBus bus(device.region(0).value());
///     auto status = card.find_register("STATUS").value();
///     const std::vector<std::string> wanted{"STATUS.INTERRUPT_WHEN_DONE=ON"};
///     for (auto& write : openbar::description::parse_writes(card, wanted).value())
///         write.make(bus).value();                              // one read, one write
///     auto image = read(status, bus).value();
///     for (auto field : status.description().fields())
///         std::cout << field.name() << " " << value_name(field, value_of(field, image)) << "\n";
///     // prints COMPUTING DONE
///     // prints INTERRUPT_WHEN_DONE ON
///
/// Nothing is accessed that was not asked for: planning a write makes no access, and `Write::reads`
/// returns whether making it reads first.
#pragma once

#include "openbar/card_files.hpp"
#include "openbar/description.hpp"
#include "openbar/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace openbar::description {

/// The bits of the register that a field has. Bits above 63 are left out.
[[nodiscard]] std::uint64_t mask_of(Field field) noexcept;
/// The field of a register's image, shifted down to bit 0.
[[nodiscard]] std::uint64_t value_of(Field field, std::uint64_t image) noexcept;

enum class Use : std::uint8_t { reading, writing };

/// The enumerated name of a field's value, or empty.
[[nodiscard]] std::string_view value_name(Field field, std::uint64_t value,
                                          Use use = Use::reading) noexcept;
/// A number ("12", "0x1f"), or the name of an enumerated value, as `use` sees it. Errors:
/// invalid_argument (neither of them); out_of_range (it does not fit the field).
[[nodiscard]] Result<std::uint64_t> parse_value(Field field, std::string_view text,
                                                Use use = Use::writing);

/// Why a listing must not read the register: "reading it has effects", "it is write-only", …; empty
/// if it may.
[[nodiscard]] std::string why_not_listed(Register described);

/// Single accesses of a region.
class RegisterBus {
public:
    virtual ~RegisterBus() = default;
    /// One access of `width` bytes (1, 2, 4 or 8), `offset` bytes from the region's start.
    [[nodiscard]] virtual Result<std::uint64_t> load(std::uint64_t offset, unsigned width) = 0;
    [[nodiscard]] virtual Result<void> store(std::uint64_t offset, unsigned width,
                                             std::uint64_t value) = 0;
};

/// Requests to a region of a device (`region.hpp`).
template <typename DeviceRegion>
class RegionBus final : public RegisterBus {
public:
    explicit RegionBus(DeviceRegion region) noexcept : region_(std::move(region)) {}
    [[nodiscard]] Result<std::uint64_t> load(std::uint64_t offset, unsigned width) override {
        return region_.read_width(offset, width);
    }
    [[nodiscard]] Result<void> store(std::uint64_t offset, unsigned width,
                                     std::uint64_t value) override {
        return region_.write_width(offset, width, value);
    }

private:
    DeviceRegion region_;
};

/// The accesses that reading or writing a register takes: `count` of `width` bytes, `stride` bytes
/// apart. Error: unsupported (more than 64 bits, or a width that no access has).
struct Accesses {
    unsigned width = 4;
    unsigned count = 1;
    unsigned stride = 4;
};
[[nodiscard]] Result<Accesses> accesses_of(Register described);

/// Reads the register, by one access, or by one for each word. Errors: those of `accesses_of` and of
/// the bus.
[[nodiscard]] Result<std::uint64_t> read(const Place& place, RegisterBus& bus);
/// Writes it. It does not check whether the register is described as writable.
[[nodiscard]] Result<void> write(const Place& place, std::uint64_t value, RegisterBus& bus);

/// Whether side effects of an access are accepted that the program did not name.
enum class Effects : std::uint8_t { refuse, accept };

/// A field and its new value.
struct Setting {
    Field field;
    std::uint64_t value = 0;
};

/// A planned write of one register: `(old & keep) | set`, where `old` is what it reads as, if
/// `reads`, else 0.
struct Write {
    Place place;
    bool reads = false;
    std::uint64_t keep = 0;
    std::uint64_t set = 0;

    /// One read if `reads`, then one write.
    [[nodiscard]] Result<void> make(RegisterBus& bus) const;
};

/// One write of the whole register. Errors: out_of_range (the value does not fit); unsupported (the
/// register is read-only).
[[nodiscard]] Result<Write> plan_write(const Place& place, std::uint64_t value);
/// One read and one write, which change these fields and no others: into fields that a one or a zero
/// would clear, set or toggle, the value without effect is written. Errors: unsupported (a field is
/// read-only; or, with `Effects::refuse`, reading or writing back has effects); invalid_argument
/// (no field, or one twice).
[[nodiscard]] Result<Write> plan_modify(const Place& place, std::span<const Setting> settings,
                                        Effects effects = Effects::refuse);
/// One write of the described reset value with these fields changed. Errors: those of `plan_modify`;
/// unsupported (the reset value of another field is not described).
[[nodiscard]] Result<Write> plan_over_reset(const Place& place, std::span<const Setting> settings);

/// Writes as people write them, in order:
///
/// - `CTRL=0x12`: one write;
/// - `CTRL.SLU=1`, `CTRL.SPEED=GBIT_1`: one read and one write, which change these fields. Fields of
///   one register that stand beside each other share both accesses;
/// - `CTRL:=SLU=1,SPEED=GBIT_1`: one write of the reset value with these fields.
///
/// A register's name may be a pattern ("RX[*].CTRL=0"): one write for each register that matches.
/// Errors: those of `find_register`, `match`, `parse_value` and the plans; invalid_argument (not an
/// assignment).
[[nodiscard]] Result<std::vector<Write>> parse_writes(const Description& card,
                                                      const std::vector<std::string>& assignments,
                                                      Effects effects = Effects::refuse);

/// Registers, or one field of each, as people name them for reading: "STATUS", "STATUS.DONE",
/// "RX[3].*".
struct Named {
    std::vector<Place> places;
    std::vector<Field> fields{};  ///< empty, or one for each place
    bool by_pattern = false;      ///< no register was named itself
};
/// Errors: those of `find_register`, `find_field` and `match`; ambiguous (a register and a field
/// have this name).
[[nodiscard]] Result<Named> find_named(const Description& card, std::string_view name);

}  // namespace openbar::description
