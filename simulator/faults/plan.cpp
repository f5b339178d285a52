#include "simulator/faults/plan.hpp"

#include "base/failure.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace openbar::simulator {
namespace {

struct NamedKind {
    std::string_view name;
    FaultKind kind;
};
constexpr std::array<NamedKind, 13> kinds{{{"removed", FaultKind::removed},
                                           {"decode_off", FaultKind::decode_off},
                                           {"ones", FaultKind::ones},
                                           {"stuck", FaultKind::stuck},
                                           {"slow", FaultKind::slow},
                                           {"reset", FaultKind::reset},
                                           {"error", FaultKind::error},
                                           {"dma_refused", FaultKind::dma_refused},
                                           {"dma_late", FaultKind::dma_late},
                                           {"irq_lost", FaultKind::irq_lost},
                                           {"irq_doubled", FaultKind::irq_doubled},
                                           {"irq_storm", FaultKind::irq_storm},
                                           {"irq_spurious", FaultKind::irq_spurious}}};

Error wrong(std::string cause) {
    std::string names;
    for (const NamedKind& each : kinds)
        names += (names.empty() ? "" : ", ") + std::string(each.name);
    return failure(ErrorCode::invalid_argument, std::move(cause),
                   "write KIND[=VALUE][@WHEN], several with + between; KIND is one of " + names +
                       "; WHEN is N, reg:OFFSET or random:ONE_IN:SEED");
}

std::optional<std::uint64_t> number_in(std::string_view text) {
    const bool hexadecimal = text.starts_with("0x");
    if (hexadecimal) text.remove_prefix(2);
    std::uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal ? 16 : 10);
    if (error != std::errc() || end != text.data() + text.size() || text.empty())
        return std::nullopt;
    return value;
}

/// Of at most a minute, in nanoseconds.
std::optional<std::uint64_t> time_in(std::string_view text) {
    constexpr std::uint64_t longest = 60'000'000'000;
    constexpr std::pair<std::string_view, std::uint64_t> units[] = {
        {"ns", 1}, {"us", 1000}, {"ms", 1'000'000}, {"s", 1'000'000'000}};
    for (const auto& [unit, length] : units) {
        if (!text.ends_with(unit)) continue;
        const auto count = number_in(text.substr(0, text.size() - unit.size()));
        if (count && *count <= longest / length) return *count * length;
    }
    return std::nullopt;
}

/// Splits off what is behind the first `separator`.
std::optional<std::string_view> take_behind(std::string_view& text, char separator) {
    const auto at = text.find(separator);
    if (at == std::string_view::npos) return std::nullopt;
    const auto behind = text.substr(at + 1);
    text = text.substr(0, at);
    return behind;
}

}  // namespace

Result<PlannedFault> PlannedFault::parse(std::string_view text) {
    const std::string whole(text);
    PlannedFault fault;
    const auto when = take_behind(text, '@');
    const auto value = take_behind(text, '=');
    const auto* const named = std::ranges::find(kinds, text, &NamedKind::name);
    if (named == kinds.end()) return wrong("there is no fault \"" + std::string(text) + "\"");
    fault.kind_ = named->kind;
    const bool is_timed = fault.kind_ == FaultKind::slow || fault.kind_ == FaultKind::dma_late;
    const bool has_value = is_timed || fault.kind_ == FaultKind::stuck;
    if (value.has_value() != has_value)
        return wrong("\"" + whole + "\" " +
                     (has_value ? "lacks its value: stuck=BITS, slow=TIME or dma_late=TIME"
                                : "has a value, and needs none"));
    if (has_value) {
        const auto parsed = is_timed ? time_in(*value) : number_in(*value);
        if (!parsed)
            return wrong("\"" + std::string(*value) + "\" is no value of \"" + whole + "\"");
        fault.value_ = *parsed;
    }
    if (when) {
        OPENBAR_TRY(timed, fault.parse_time(*when));
    }
    return fault;
}

Result<void> PlannedFault::parse_time(std::string_view text) {
    const std::string whole(text);
    const auto no_time = [&] { return wrong("\"" + whole + "\" is no time of a fault"); };
    if (text.starts_with("reg:")) {
        register_ = number_in(text.substr(4));
        if (!register_) return no_time();
        if (kind_ >= FaultKind::dma_refused && kind_ != FaultKind::irq_spurious)
            return wrong("transfers and interrupts are not accesses of a register");
        return {};
    }
    if (text.starts_with("random:")) {
        text.remove_prefix(7);
        const auto seed = take_behind(text, ':');
        const auto one_in = number_in(text);
        const auto seed_number = seed ? number_in(*seed) : std::nullopt;
        if (!one_in || *one_in == 0 || !seed_number) return no_time();
        one_in_ = *one_in;
        random_.seed(static_cast<std::minstd_rand::result_type>(*seed_number));
        return {};
    }
    const auto first = number_in(text);
    if (!first || *first == 0) return no_time();
    first_ = *first;
    return {};
}

bool PlannedFault::happens_once() const noexcept {
    return kind_ == FaultKind::removed || kind_ == FaultKind::decode_off ||
           kind_ == FaultKind::reset || kind_ == FaultKind::error ||
           kind_ == FaultKind::irq_spurious;
}

bool PlannedFault::happens(std::optional<std::uint64_t> offset) {
    ++occasions_;
    if (register_) return offset == register_;
    if (one_in_ != 1) return random_() % one_in_ == 0;
    return happens_once() ? occasions_ == first_ : occasions_ >= first_;
}

Result<FaultPlan> FaultPlan::parse(std::string_view text) {
    FaultPlan plan;
    for (std::optional<std::string_view> rest = text; rest;) {
        std::string_view one = *rest;
        rest = take_behind(one, '+');
        OPENBAR_TRY(fault, PlannedFault::parse(one));
        plan.faults.push_back(std::move(fault));
    }
    return plan;
}

}  // namespace openbar::simulator
