/// Translates addresses by the million.
///
///     auto translator = openbar::Translator::create(memory, paging);
///     for (std::uint64_t address : addresses)
///         if (auto physical = translator->physical(address)) use(*physical);
///
/// Answers what `translate` answers, without the steps: it remembers the tables that it has
/// walked, as a processor does, and most addresses then cost one or two loads.
#pragma once

#include "openbar/translation.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace openbar {

/// Remembers what it has read: create another one after the memory has changed.
/// Thread-safety: one thread at a time; each thread may have its own, on the same memory.
class Translator {
public:
    /// `memory` must outlive the translator. `invalid_argument` where `paging` makes no sense.
    [[nodiscard]] static Result<Translator> create(const PhysicalMemory& memory,
                                                   const Paging& paging);

    /// The physical address, or nothing where `translate` would have any outcome but `mapped`.
    [[nodiscard]] std::optional<std::uint64_t> physical(std::uint64_t address) noexcept;

    Translator(Translator&&) noexcept;
    Translator& operator=(Translator&&) noexcept;
    ~Translator();

private:
    struct State;
    explicit Translator(std::unique_ptr<State> state) noexcept;

    std::unique_ptr<State> state_;
};

}  // namespace openbar
