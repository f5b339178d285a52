/// Registers' values with their fields, as several commands print them.
///
///     STATUS 0x00000080
///       7  INTERRUPT_WHEN_DONE  1 ON
///       0  COMPUTING            0 DONE
#pragma once

#include "openbar/described_registers.hpp"

#include "cli/support/described_device.hpp"
#include "cli/support/json.hpp"
#include "cli/support/output.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace openbar::cli {

/// "31:24", or "7".
[[nodiscard]] std::string bits_text(description::Field field);
/// All digits of the register: "0x00000080".
[[nodiscard]] std::string value_text(description::Register described, std::uint64_t value);
/// "1 ON", "0x1f", "1".
[[nodiscard]] std::string field_text(description::Field field, std::uint64_t value);

/// The registers that a listing did not read, and the reasons.
class LeftOut {
public:
    void add(const description::Place& place, std::string why);
    /// To the diagnostics: one line for each reason.
    void report(Console& console) const;
    [[nodiscard]] Json json() const;

private:
    struct Item {
        std::string name;
        std::string why;
    };
    std::vector<Item> items_;
};

/// Reads and prints registers one after the other, as lines or as members of a JSON object.
class DecodedOutput {
public:
    DecodedOutput(const DescribedDevice& device, Console& console, bool with_offsets)
        : device_(device), console_(console), with_offsets_(with_offsets) {}

    /// Reads the register, and prints it with its fields, or with this field alone.
    Result<void> read(const description::Place& place,
                      const std::optional<description::Field>& only = {});
    /// Prints a value that was read.
    void show(const description::Place& place, std::uint64_t value,
              const std::optional<description::Field>& only);
    void leave_out(const description::Place& place, std::string why) {
        left_out_.add(place, std::move(why));
    }
    /// Prints the rest, also after an error.
    void finish();

private:
    void print(const description::Place& place, std::uint64_t value,
               const std::optional<description::Field>& only);
    [[nodiscard]] Json describe(const description::Place& place, std::uint64_t value,
                                const std::optional<description::Field>& only) const;

    const DescribedDevice& device_;
    Console& console_;
    bool with_offsets_;
    Json registers_ = Json::array();
    LeftOut left_out_;
};

}  // namespace openbar::cli
