// Plug and play: resources arrive, and everything that depends on them goes back before they do.
#include "driver/core/machine_memory.hpp"
#include "driver/core/permit.hpp"
#include "driver/core/state.hpp"

namespace openbar::driver {
namespace {

// A driver package for another version may write what this one does not know: that is no consent.
std::uint32_t known_policy(std::uint32_t policy) {
    return policy <= OPENBAR_DMA_ON ? policy : static_cast<std::uint32_t>(OPENBAR_DMA_OFF);
}

constexpr Hardware nothing{};

template <typename T>
T* make_array(Kernel& kernel, std::uint32_t count) {
    auto* memory = static_cast<T*>(kernel.allocate(count * sizeof(T)));
    for (std::uint32_t i = 0; memory != nullptr && i < count; ++i) ::new (&memory[i]) T;
    return memory;
}

template <typename T>
void free_array(Kernel& kernel, T* memory) {
    if (memory != nullptr) kernel.free(memory);
}

}  // namespace

Status Device::State::make_vectors() {
    std::uint32_t count = hardware.has_messages() ? hardware.resources.message_interrupts
                          : hardware.resources.line_interrupt ? 1
                                                              : 0;
    if (count > OPENBAR_MAX_VECTORS) count = OPENBAR_MAX_VECTORS;
    hardware.vector_count = count;
    if (count == 0) return Status::ok;
    auto* ownership = make_array<VectorOwnership>(kernel, count);
    auto* waits = make_array<VectorWaits>(kernel, count);
    auto* arrivals = make_array<VectorArrivals>(kernel, count);
    if (ownership == nullptr || waits == nullptr || arrivals == nullptr) {
        free_array(kernel, ownership);
        free_array(kernel, waits);
        free_array(kernel, arrivals);
        return Status::no_memory;
    }
    Hold<Lock::tables> held(kernel);
    tables.vectors = ownership;
    Hold<Lock::waits> waits_held(kernel);
    waiting = {count, waits};
    Hold<Lock::interrupt> interrupts(kernel);
    line.count = count;
    line.vectors = arrivals;
    return Status::ok;
}

void Device::State::free_vectors() {
    VectorOwnership* ownership = nullptr;
    VectorWaits* waits = nullptr;
    VectorArrivals* arrivals = nullptr;
    {
        Hold<Lock::tables> held(kernel);
        ownership = tables.vectors;
        tables.vectors = nullptr;
        Hold<Lock::waits> waits_held(kernel);
        waits = waiting.vectors;
        waiting = {};
        Hold<Lock::interrupt> interrupts(kernel);
        arrivals = line.vectors;
        line = {};
    }
    free_array(kernel, ownership);
    free_array(kernel, waits);
    free_array(kernel, arrivals);
}

Status Device::State::take_resources(const Resources& given, const Settings& chosen) {
    hardware = nothing;
    hardware.resources = given;
    hardware.settings = chosen;
    hardware.settings.dma_policy = known_policy(chosen.dma_policy);
    Configuration& configuration = hardware.configuration;
    configuration.read(kernel);
    if (given.kind == DeviceKind::pci_function && !configuration.readable && given.range_count != 0)
        kernel.trace(TraceLevel::error, "no ids in the configuration space: a virtual function?",
                     0);
    // Taken for a fixed device, a PCI function would have its MSI-X table open to everybody.
    if (given.kind == DeviceKind::fixed_resources && configuration.readable)
        return Status::unsupported;
    if (Status status =
            find_regions(given, configuration, kernel.facts().page_size, hardware.regions);
        status != Status::ok)
        return status;
    const Permit permit(given.permit);
    if (Status status = permit.check(given, configuration); status != Status::ok) return status;
    // A card that writes messages can write anything: nothing else than this bit stops it.
    if (!given.dma_isolated && !permit.allows_dma_without_iommu())
        hardware.settings.dma_policy = OPENBAR_DMA_OFF;
    // An INF that names memory of the machine would turn this driver into one that maps anything.
    for (const Region& region : hardware.regions)
        if (region.kind == OPENBAR_REGION_MEMORY &&
            kernel.overlaps_ram(region.physical, region.size))
            return Status::invalid;
    if (given.kind == DeviceKind::fixed_resources)
        for (std::uint32_t i = 0; i < given.range_count; ++i)
            if (is_the_machines(kernel, given.ranges[i])) return Status::policy;
    return Status::ok;
}

// What others than the holder of Lock::hardware need to know of it.
void Device::State::publish_hardware() {
    tables.readable = hardware.configuration.readable;
    tables.has_line = !hardware.has_messages() && hardware.resources.line_interrupt;
    tables.may_write_command = hardware.configuration.header_type == 0;
    tables.sleeps_when_closed = hardware.settings.sleep_when_closed;
    tables.opens_are_restricted = hardware.settings.opens_are_restricted;
    tables.dma_policy = hardware.settings.dma_policy;
    tables.max_dma = hardware.settings.max_dma;
    ++tables.starts;
    tables.mastered_bus = false;
    Hold<Lock::interrupt> interrupts(kernel);
    line.messages = hardware.has_messages();
    line.is_edge = hardware.resources.line_is_edge;
    line.can_disable = hardware.can_disable_intx;
    line.readable = hardware.configuration.readable;
}

void Device::State::set_standing(Phase phase, bool powered) {
    hardware.standing = {phase, powered};
    tables.standing = {phase, powered};
}

Status Device::State::start(const Resources& given, const Settings& chosen) {
    Hold<Lock::hardware> alone(kernel);
    Hold<Lock::objects> objects(kernel);
    if (hardware.standing.phase == Phase::gone) return Status::removed;
    if (hardware.standing.phase != Phase::stopped) return Status::busy;
    Status status = take_resources(given, chosen);
    if (status == Status::ok) status = make_vectors();
    if (status != Status::ok) {
        hardware = nothing;
        kernel.trace(TraceLevel::error, "start refused, status", static_cast<unsigned>(status));
        return status;
    }
    std::uint32_t command = 0;
    if (hardware.configuration.readable && !read_field(kernel, pci::command, 2, command))
        command = 0;
    hardware.can_disable_intx = can_disable_intx();
    probe_reset();
    Hold<Lock::tables> held(kernel);
    tables.command_found = static_cast<std::uint16_t>(command);
    publish_hardware();
    set_reachable(true);
    set_standing(Phase::started, true);
    update_bus_master();
    kernel.trace(TraceLevel::information, "started, vectors", hardware.vector_count);
    return Status::ok;
}

Status Device::State::query(Phase wanted) {
    Hold<Lock::hardware> alone(kernel);
    Hold<Lock::objects> objects(kernel);
    Hold<Lock::tables> held(kernel);
    if (wanted == Phase::remove_pending && tables.session_count != 0) return Status::busy;
    for (const Session* session = tables.sessions; session != nullptr; session = session->next)
        if (session->bus_master || session->objects.holds_anything()) return Status::busy;
    if (hardware.standing.phase == Phase::started) set_standing(wanted, hardware.standing.powered);
    return Status::ok;
}

void Device::State::cancel_query(Phase pending) {
    Hold<Lock::hardware> alone(kernel);
    Hold<Lock::tables> held(kernel);
    if (hardware.standing.phase == pending) set_standing(Phase::started, hardware.standing.powered);
}

// Nothing of these resources is left after this: no view, no vector.
void Device::State::release_hardware() {
    drop_views();
    free_vectors();
    const Standing standing = hardware.standing;
    hardware = nothing;
    hardware.standing = standing;
}

// For stop, removal and surprise removal. Whoever is in a register program sees `leaving` and
// ends it; Lock::hardware waits for that; nobody can begin another, since the phase says no.
void Device::State::leave(Phase to, bool touch_hardware) {
    Finished finished(kernel);
    leaving.fetch_add(1);
    Hold<Lock::hardware> alone(kernel);
    leaving.fetch_sub(1);
    Hold<Lock::objects> objects(kernel);
    if (hardware.standing.phase == Phase::gone) return;
    {
        Hold<Lock::tables> held(kernel);
        set_standing(to, false);
        tables.falls_asleep = false;
        // A device that Windows takes for gone may be there still, and assert its line.
        if (touch_hardware || tables.has_line) set_quiet(true);
        // After a surprise removal the addresses answer with all ones, or belong to somebody else.
        if (!touch_hardware) set_reachable(false);
    }
    revoke_all(Revoke::everything, to == Phase::gone ? Status::removed : Status::cancelled,
               finished);
    {
        Hold<Lock::tables> held(kernel);
        hand_on_command();
        set_reachable(false);
        kernel.trace(TraceLevel::information, "resources given back, handles open",
                     tables.session_count);
    }
    release_hardware();
}

}  // namespace openbar::driver
