// Function-level reset, by the PCI Express capability (PCI Express Base 3.0, 6.6.2) or the
// Advanced Features capability of conventional functions. It clears the configuration space, so
// what Windows had written there is saved before and put back after.
#include "driver/core/state.hpp"

namespace openbar::driver {
namespace {

constexpr std::uint32_t express_device_capabilities = 4;
constexpr std::uint32_t express_device_control = 8;
constexpr std::uint32_t express_device_status = 10;
constexpr std::uint32_t can_reset_function = 1u << 28;
constexpr std::uint32_t initiate_reset = 1u << 15;
constexpr std::uint32_t transactions_pending = 1u << 5;
constexpr std::uint32_t features_capabilities = 3;
constexpr std::uint32_t features_control = 4;
constexpr std::uint32_t features_status = 5;
constexpr std::uint32_t features_can_reset = 1u << 1;

constexpr std::uint32_t header_words = 16;
constexpr std::uint32_t control_registers[] = {8, 16, 24, 28, 40, 48};  // of PCI Express

struct Saved {
    std::uint32_t header[header_words];
    std::uint32_t express[sizeof control_registers / sizeof control_registers[0]];
};

bool save(Kernel& kernel, const Configuration& space, Saved& saved) {
    bool done = true;
    for (std::uint32_t i = 0; i < header_words; ++i)
        done = read_field(kernel, 4 * i, 4, saved.header[i]) && done;
    if (space.express != 0)
        for (std::uint32_t i = 0; i < sizeof control_registers / sizeof control_registers[0]; ++i)
            done = read_field(kernel, space.express + control_registers[i], 2, saved.express[i]) &&
                   done;
    return done;
}

// From the end: the command register, which lets the function decode its BARs, comes last.
bool restore(Kernel& kernel, const Configuration& space, const Saved& saved) {
    bool done = true;
    if (space.express != 0)
        for (std::uint32_t i = 0; i < sizeof control_registers / sizeof control_registers[0]; ++i)
            done = write_field(kernel, space.express + control_registers[i], 2,
                               saved.express[i] & ~initiate_reset) &&
                   done;
    for (std::uint32_t i = header_words - 1; i > 1; --i)
        done = write_field(kernel, 4 * i, 4, saved.header[i]) && done;
    return write_field(kernel, pci::command, 2, saved.header[1] & 0xffff) && done;
}

bool is_pending(Kernel& kernel, const Configuration& space) {
    std::uint32_t status = 0;
    if (space.express != 0)
        return read_field(kernel, space.express + express_device_status, 2, status) &&
               (status & transactions_pending) != 0;
    return read_field(kernel, space.advanced_features + features_status, 1, status) &&
           (status & 1) != 0;
}

bool initiate(Kernel& kernel, const Configuration& space) {
    if (space.express == 0)
        return write_field(kernel, space.advanced_features + features_control, 1, 1);
    std::uint32_t control = 0;
    const std::uint32_t at = space.express + express_device_control;
    return read_field(kernel, at, 2, control) &&
           write_field(kernel, at, 2, control | initiate_reset);
}

// 100 ms is the specification's; a function may ask for up to a second by answering "retry",
// which reads as vendor 0001h or as all ones.
bool comes_back(Kernel& kernel) {
    constexpr Nanoseconds millisecond = 1'000'000;
    kernel.sleep(100 * millisecond);
    for (unsigned waited = 0; waited < 100; ++waited) {
        std::uint32_t ids = pci::absent;
        if (read_field(kernel, 0, 4, ids) && ids != pci::absent && (ids & 0xffff) != 1) return true;
        kernel.sleep(10 * millisecond);
    }
    return false;
}

bool reset_function(Kernel& kernel, const Configuration& space) {
    constexpr Nanoseconds millisecond = 1'000'000;
    Saved saved{};
    if (!save(kernel, space, saved)) return false;
    // No decoding, no bus mastering, no INTx; then what is under way may end.
    if (!write_field(kernel, pci::command, 2, pci::command_intx_disable)) return false;
    for (unsigned waited = 0; waited < 10 && is_pending(kernel, space); ++waited)
        kernel.sleep(10 * millisecond);
    const bool back = initiate(kernel, space) && comes_back(kernel);
    return restore(kernel, space, saved) && back;
}

}  // namespace

bool Device::State::can_reset() const {
    if (!configuration.readable || configuration.header_type != 0) return false;
    return resets_by_express || resets_by_features;
}

void Device::State::probe_reset() {
    std::uint32_t flags = 0;
    resets_by_express = resets_by_features = false;
    if (configuration.express != 0)
        resets_by_express =
            read_field(kernel, configuration.express + express_device_capabilities, 4, flags) &&
            (flags & can_reset_function) != 0;
    else if (configuration.advanced_features != 0)
        resets_by_features =
            read_field(kernel, configuration.advanced_features + features_capabilities, 1, flags) &&
            (flags & features_can_reset) != 0;
}

// While it resets, the function decodes nothing: a mapped access would go to nobody, which some
// machines answer with an NMI. And what MSI-X holds in its table is Windows' to write again,
// which it does when interrupts are connected.
Status Device::State::reset(Session& session) {
    Hold hardware(kernel, Lock::hardware_exclusive);
    Hold tables(kernel, Lock::tables);
    if (Status status = may_create(session); status != Status::ok) return status;
    if (!can_reset()) return Status::unsupported;
    if (controller != nullptr && controller != &session) return Status::busy;
    if (vectors_enabled != 0) return Status::busy;
    for (const Region& region : regions)
        if (region.mappings != 0) return Status::busy;
    set_reachable(false);
    const bool done = reset_function(kernel, configuration);
    set_reachable(true);
    session.bus_master = false;
    update_bus_master();
    unclaim(session);
    if (!done) {
        kernel.trace(TraceLevel::error, "the function did not come back from its reset", 0);
        return Status::device;
    }
    counters.resets.add();
    return Status::ok;
}

}  // namespace openbar::driver
