/// Registers that are mapped or mediated, known only at run time.
///
///     auto mapping = device.map(0);
///     openbar::AnyRegisters registers = mapping
///         ? openbar::AnyRegisters(std::move(*mapping))
///         : openbar::AnyRegisters(openbar::MediatedRegisters(*device.region(0)));
///     bring_up(registers);                                   // the same code for a simulated card
///
/// Costs one branch an access, which the processor predicts.
#pragma once

#include "openbar/access_width.hpp"
#include "openbar/mapping.hpp"
#include "openbar/mediated_registers.hpp"
#include "openbar/register_access.hpp"
#include "openbar/result.hpp"

#include <cstdint>
#include <utility>
#include <variant>

namespace openbar {

/// Move-only, as the mapping that it may hold. Thread-safety: that of what it holds.
class AnyRegisters : public RegisterOperations<AnyRegisters> {
public:
    explicit AnyRegisters(Mapping mapping) noexcept : registers_(std::move(mapping)) {}
    explicit AnyRegisters(MediatedRegisters mediated) noexcept : registers_(std::move(mediated)) {}

    template <AccessWidth T>
    [[nodiscard]] T load(std::uint64_t offset) const {
        if (const auto* mapping = this->mapping()) [[likely]]
            return mapping->load<T>(offset);
        return mediated().load<T>(offset);
    }
    template <AccessWidth T>
    void store(std::uint64_t offset, T value) const {
        if (const auto* mapping = this->mapping()) [[likely]]
            return mapping->store<T>(offset, value);
        mediated().store<T>(offset, value);
    }
    [[nodiscard]] Result<void> status() const {
        return mapping() ? mapping()->status() : mediated().status();
    }

    [[nodiscard]] std::uint64_t offset_in_region(std::uint64_t offset) const noexcept {
        return mapping() ? mapping()->offset_in_region(offset) : offset;
    }

    /// The mapping, or null where accesses are mediated.
    [[nodiscard]] const Mapping* mapping() const noexcept {
        return std::get_if<Mapping>(&registers_);
    }

private:
    // Moves of both kinds do not throw, so that a variant without a value cannot come about.
    [[nodiscard]] const MediatedRegisters& mediated() const noexcept {
        return *std::get_if<MediatedRegisters>(&registers_);
    }

    std::variant<Mapping, MediatedRegisters> registers_;
};

}  // namespace openbar
