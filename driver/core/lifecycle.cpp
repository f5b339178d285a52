// Plug and play: resources arrive, and everything that depends on them goes back before they do.
#include "driver/core/state.hpp"

namespace openbar::driver {
namespace {

// A driver package for another version may write what this one does not know: that is no consent.
std::uint32_t known_policy(std::uint32_t policy) {
    return policy <= OPENBAR_DMA_ON ? policy : static_cast<std::uint32_t>(OPENBAR_DMA_OFF);
}

}  // namespace

Status Device::State::make_vectors() {
    std::uint32_t count = has_messages()             ? resources.message_interrupts
                          : resources.line_interrupt ? 1
                                                     : 0;
    if (count > OPENBAR_MAX_VECTORS) count = OPENBAR_MAX_VECTORS;
    if (count == 0) return Status::ok;
    auto* memory = static_cast<Vector*>(kernel.allocate(count * sizeof(Vector)));
    if (memory == nullptr) return Status::no_memory;
    for (std::uint32_t i = 0; i < count; ++i) ::new (&memory[i]) Vector;
    Hold waits_lock(kernel, Lock::waits);
    Hold interrupt_lock(kernel, Lock::interrupt);
    vectors = memory;
    vector_count = count;
    return Status::ok;
}

Status Device::State::take_resources(const Resources& given, const Settings& chosen) {
    resources = given;
    settings = chosen;
    settings.dma_policy = known_policy(chosen.dma_policy);
    for (Region& region : regions) region = Region{};
    configuration = Configuration{};
    configuration.read(kernel);
    // Taken for a fixed device, a PCI function would have its MSI-X table open to everybody.
    if (given.kind == DeviceKind::fixed_resources && configuration.readable) {
        configuration = Configuration{};
        return Status::unsupported;
    }
    if (Status status = find_regions(resources, configuration, kernel.facts().page_size, regions);
        status != Status::ok)
        return status;
    // An INF that names memory of the machine would turn this driver into one that maps anything.
    for (const Region& region : regions)
        if (region.kind == OPENBAR_REGION_MEMORY &&
            kernel.overlaps_ram(region.physical, region.size))
            return Status::invalid;
    return make_vectors();
}

Status Device::State::start(const Resources& given, const Settings& chosen) {
    Hold hardware(kernel, Lock::hardware_exclusive);
    Hold tables(kernel, Lock::tables);
    if (phase == Phase::gone) return Status::removed;
    if (phase != Phase::stopped) return Status::busy;
    if (Status status = take_resources(given, chosen); status != Status::ok) {
        for (Region& region : regions) region = Region{};
        kernel.trace(TraceLevel::error, "start refused, status", static_cast<unsigned>(status));
        return status;
    }
    phase = Phase::started;
    powered = true;
    set_reachable(true);
    probe_intx_disable();
    probe_reset();
    apply_command();
    kernel.trace(TraceLevel::information, "started, vectors", vector_count);
    return Status::ok;
}

Status Device::State::query(Phase wanted) {
    Hold hardware(kernel, Lock::hardware_exclusive);
    Hold tables(kernel, Lock::tables);
    if (wanted == Phase::remove_pending && session_count != 0) return Status::busy;
    for (const Session* session = sessions; session != nullptr; session = session->next) {
        if (session->bus_master) return Status::busy;
        for (std::uint32_t slot = 0; slot < session->objects.capacity(); ++slot)
            if (const Object* object = session->objects.at(slot); object && !object->revoked)
                return Status::busy;
    }
    if (phase == Phase::started) phase = wanted;
    return Status::ok;
}

void Device::State::cancel_query(Phase pending) {
    Hold hardware(kernel, Lock::hardware_exclusive);
    Hold tables(kernel, Lock::tables);
    if (phase == pending) phase = Phase::started;
}

// Nothing of these resources is left after this: no view, no vector.
void Device::State::release_hardware() {
    for (Region& region : regions) {
        drop_view(region);
        region = Region{};
    }
    Vector* old = vectors;
    {
        Hold waits_lock(kernel, Lock::waits);
        Hold interrupt_lock(kernel, Lock::interrupt);
        vectors = nullptr;
        vector_count = 0;
    }
    if (old != nullptr) kernel.free(old);
}

// For stop, removal and surprise removal. Whoever is in a register program sees `leaving` and
// ends it; the exclusive lock waits for that; nobody can begin another, since `phase` says no.
void Device::State::leave(Phase to, bool touch_hardware) {
    Finished finished(kernel);
    leaving.fetch_add(1);
    Hold hardware(kernel, Lock::hardware_exclusive);
    leaving.fetch_sub(1);
    Hold tables(kernel, Lock::tables);
    if (phase == Phase::gone) return;
    // After a surprise removal the addresses answer with all ones, or belong to somebody else.
    if (!touch_hardware) set_reachable(false);
    revoke_all(false, to == Phase::gone ? Status::removed : Status::cancelled, finished);
    set_reachable(false);
    release_hardware();
    phase = to;
    powered = false;
    kernel.trace(TraceLevel::information, "resources given back, handles open", session_count);
}

}  // namespace openbar::driver
