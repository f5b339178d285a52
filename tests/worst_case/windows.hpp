/// The worst that Windows may do to a driver, by its documents: one switch for each way.
///
///     Worst worst;                          // everything off: the ordinary case
///     worst.set(Switch::line_reenters);
///     Worst all = Worst::at_random(seed);   // each switch on or off
///     if (worst.happens(Switch::page_in_never_ends)) …       // on, and this time, too
///
/// Shared by the two stand-ins for the kernel: tests/unit/driver_core (native) and tests/wine. Each
/// switch is named with the page that allows it; paths are those of Microsoft's repositories
/// windows-driver-docs and windows-driver-docs-ddi. Freestanding; any thread may use it.
#pragma once

#include <atomic>
#include <cstdint>

namespace openbar::worst_case {

/// Name, what it allows, source.
#define OPENBAR_WORST_OF_WINDOWS(X)                                                                \
    X(line_reenters,                                                                               \
      "an asserted level-triggered line calls the routine again and again, and nothing else runs", \
      "debugger/debugging-an-interrupt-storm")                                                     \
    X(line_before_connect, "the device asserts its line before its routine is connected",          \
      "wdm/nf-wdm-ioconnectinterruptex")                                                           \
    X(line_after_disable, "the device asserts its line between disabling and disconnecting",       \
      "kernel/making-an-isr-active-or-inactive")                                                   \
    X(line_while_powering, "the device asserts its line while it powers down and up",              \
      "kernel/making-an-isr-active-or-inactive")                                                   \
    X(line_is_shared, "another device asserts the same line", "kernel/introduction-to-interrupts") \
    X(line_cannot_be_disabled, "a card without the interrupt-disable bit of PCI 2.3",              \
      "PCI Local Bus Specification 2.2")                                                           \
    X(line_spurious_calls, "the routine is called while nobody asserts the line",                  \
      "kernel/introduction-to-interrupts")                                                         \
    X(registers_late, "map registers come late, on another thread",                                \
      "wdm/nc-wdm-pget_scatter_gather_list")                                                       \
    X(registers_after_others, "map registers come only once others are given back",                \
      "wdm/nc-wdm-pallocate_adapter_channel")                                                      \
    X(registers_few, "there are fewer map registers than a transfer needs",                        \
      "wdm/nf-wdm-iogetdmaadapter")                                                                \
    X(pages_bounced, "the device is given copies of the pages", "kernel/map-registers")            \
    X(addresses_remapped, "device addresses are not physical addresses",                           \
      "pci/enabling-dma-remapping-for-device-drivers")                                             \
    X(common_buffers_refused, "there is no memory for a common buffer",                            \
      "wdm/nc-wdm-pallocate_common_buffer")                                                        \
    X(page_in_never_ends, "pages are read from a drive that does not answer",                      \
      "wdm/nf-wdm-mmprobeandlockpages")                                                            \
    X(user_memory_vanishes, "a program frees or protects memory that it has named",                \
      "kernel/handling-exceptions")                                                                \
    X(io_space_offered, "a program names memory that is another driver's device memory",           \
      "wdm/nf-wdm-mmprobeandlockpages")                                                            \
    X(range_reused, "a program allocates at addresses as soon as they are free",                   \
      "wdm/nf-wdm-mmunmaplockedpages")                                                             \
    X(addresses_rounded, "a requested user address is rounded down",                               \
      "wdm/nf-wdm-mmmaplockedpagesspecifycache")                                                   \
    X(events_anywhere,                                                                             \
      "cancel, cleanup, close, process exit, power, stop and removal between any two steps",       \
      "kernel/synchronizing-irp-cancellation")                                                     \
    X(strangers_exit, "processes that own nothing end while a request blocks",                     \
      "ntddk/nc-ntddk-pcreate_process_notify_routine")                                             \
    X(no_memory_at_power_up, "an allocation fails while the device returns to D0",                 \
      "kernel/irp-mn-set-power")                                                                   \
    X(power_requests_fail, "there is no memory for a power request",                               \
      "wdm/nf-wdm-porequestpowerirp")                                                              \
    X(virtual_function, "configuration space is served at APC_LEVEL at most",                      \
      "network/accessing-the-pci-configuration-space-of-a-virtual-function")                       \
    X(reconnect_fails, "a routine that was disconnected cannot be connected again",                \
      "kernel/making-an-isr-active-or-inactive")

enum class Switch : std::uint8_t {
#define OPENBAR_SWITCH(name, meaning, source) name,
    OPENBAR_WORST_OF_WINDOWS(OPENBAR_SWITCH)
#undef OPENBAR_SWITCH
        count
};

[[nodiscard]] constexpr const char* name_of(Switch which) {
    constexpr const char* names[] = {
#define OPENBAR_NAME(name, meaning, source) #name,
        OPENBAR_WORST_OF_WINDOWS(OPENBAR_NAME)
#undef OPENBAR_NAME
    };
    return names[static_cast<unsigned>(which)];
}

/// Random numbers that a seed decides (SplitMix64), for several threads at once.
class Dice {
public:
    constexpr explicit Dice(std::uint64_t seed = 1) : state_(seed) {}

    std::uint64_t roll() {
        constexpr std::uint64_t step = 0x9e3779b97f4a7c15;
        std::uint64_t value = state_.fetch_add(step, std::memory_order_relaxed) + step;
        value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
        value = (value ^ value >> 27) * 0x94d049bb133111eb;
        return value ^ value >> 31;
    }
    /// 0 … end - 1; `end` is at most 2^32.
    std::uint32_t below(std::uint32_t end) {
        return static_cast<std::uint32_t>((roll() >> 32) * end >> 32);
    }
    bool one_in(std::uint32_t times) { return below(times) == 0; }
    void seed(std::uint64_t value) { state_ = value; }

private:
    std::atomic<std::uint64_t> state_;
};

class Worst {
public:
    constexpr Worst() = default;

    /// A bit for each switch, the first at the bottom.
    void set_all(std::uint64_t switches, std::uint64_t seed) {
        switches_ = switches;
        dice_.seed(seed);
    }
    void set_at_random(std::uint64_t seed) {
        dice_.seed(seed);
        switches_ = dice_.roll();
    }
    void set(Switch which, bool on = true) {
        const std::uint64_t bit = std::uint64_t{1} << static_cast<unsigned>(which);
        if (on)
            switches_ |= bit;
        else
            switches_ &= ~bit;
    }

    [[nodiscard]] bool is(Switch which) const {
        return (switches_.load(std::memory_order_relaxed) >> static_cast<unsigned>(which) & 1) != 0;
    }
    /// On, and one time in `times`.
    [[nodiscard]] bool happens(Switch which, std::uint32_t times = 1) {
        return is(which) && (times == 1 || dice_.one_in(times));
    }
    [[nodiscard]] Dice& dice() { return dice_; }

private:
    std::atomic<std::uint64_t> switches_{0};
    Dice dice_;
};

static_assert(static_cast<unsigned>(Switch::count) <= 64);

/// What counts as a hang: bounds that no document sets, but a user does.
/// Calls of the routine in a row while nothing below its level runs.
constexpr std::uint32_t most_rounds = 1000;
/// What a process's exit, a cleanup or a close may wait, in nanoseconds.
constexpr std::uint64_t longest_exit = 500'000'000;
/// What a power request may wait: a reset that is under way ends first.
constexpr std::uint64_t longest_power = 3'000'000'000;

}  // namespace openbar::worst_case
