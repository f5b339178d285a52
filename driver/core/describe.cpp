// What a handle is told about its device. No physical and no kernel address is among it.
#include "driver/core/state.hpp"

namespace openbar::driver {
namespace {

void describe_region(const Region& region, openbar_region& out) {
    out.kind = region.kind;
    out.memory_type = static_cast<std::uint8_t>(region.type);
    out.mappable_count = static_cast<std::uint8_t>(region.mappable_count);
    out.flags = region.flags;
    out.size = region.size;
    for (std::uint32_t i = 0; i < region.mappable_count; ++i) out.mappable[i] = region.mappable[i];
}

std::uint32_t capabilities_of(const Hardware& hardware, const KernelFacts& facts) {
    std::uint32_t flags = 0;
    for (const Region& region : hardware.regions)
        if (region.mappable_count != 0) flags |= OPENBAR_CAN_MAP;
    const std::uint32_t policy = hardware.settings.dma_policy;
    if (hardware.vector_count != 0 && (!hardware.has_messages() || policy != OPENBAR_DMA_OFF))
        flags |= OPENBAR_CAN_WAIT;
    if (hardware.can_disable_intx) flags |= OPENBAR_CAN_DISABLE_INTX;
    if (hardware.can_reset()) flags |= OPENBAR_CAN_RESET;
    if (policy == OPENBAR_DMA_ON) {
        if (hardware.configuration.readable) flags |= OPENBAR_CAN_MASTER_BUS;
        if (facts.has_dma_adapter) flags |= OPENBAR_CAN_DMA;
    }
    if (facts.can_sleep) flags |= OPENBAR_CAN_SLEEP;
    if (hardware.configuration.readable) flags |= OPENBAR_IS_PCI;
    if (hardware.resources.dma_isolated) flags |= OPENBAR_DMA_IS_ISOLATED;
    return flags;
}

}  // namespace

Status Device::State::describe(Session& session, openbar_description& out) {
    Hold<Lock::hardware_shared> shared(kernel);
    if (session.closed.load()) return Status::closed;
    if (hardware.standing.phase == Phase::gone) return Status::removed;
    const KernelFacts& facts = kernel.facts();
    const Configuration& configuration = hardware.configuration;
    out.size = sizeof out;
    out.capabilities = capabilities_of(hardware, facts);
    out.vendor = configuration.vendor;
    out.device = configuration.device;
    out.subsystem_vendor = configuration.subsystem_vendor;
    out.subsystem = configuration.subsystem;
    out.class_code = configuration.class_code;
    out.revision = configuration.revision;
    out.max_width = facts.max_width;
    out.vector_kind = static_cast<std::uint8_t>(hardware.vector_count == 0 ? OPENBAR_VECTOR_NONE
                                                : hardware.has_messages()  ? OPENBAR_VECTOR_MESSAGE
                                                                           : OPENBAR_VECTOR_INTX);
    out.dma_policy = static_cast<std::uint8_t>(hardware.settings.dma_policy);
    out.bus = hardware.resources.bus;
    out.slot = hardware.resources.slot;
    out.function = hardware.resources.function;
    out.vector_count = hardware.vector_count;
    out.page_size = facts.page_size;
    out.driver_version = facts.driver_version;
    out.max_mapping = facts.max_user_view > UINT64_MAX / OPENBAR_MAX_PIECES
                          ? UINT64_MAX
                          : facts.max_user_view * OPENBAR_MAX_PIECES;
    out.max_dma = hardware.settings.max_dma;
    for (std::uint32_t i = 0; i < OPENBAR_MAX_REGIONS; ++i)
        describe_region(hardware.regions[i], out.regions[i]);
    return Status::ok;
}

Status Device::State::count(Session& session, openbar_counters& out) {
    if (session.closed.load()) return Status::closed;
    out.size = sizeof out;
    out.sessions_now = static_cast<std::uint32_t>(counters.sessions_now.value());
    out.maps = counters.maps.value();
    out.maps_now = counters.maps_now.value();
    out.programs = counters.programs.value();
    out.steps = counters.steps.value();
    out.bulk_bytes = counters.bulk_bytes.value();
    out.waits = counters.waits.value();
    out.waits_now = counters.waits_now.value();
    out.interrupts = counters.interrupts.value();
    out.interrupts_missed = counters.interrupts_missed.value();
    out.interrupts_foreign = counters.interrupts_foreign.value();
    out.interrupts_unclaimed = counters.interrupts_unclaimed.value();
    out.vectors_now = counters.vectors_now.value();
    out.dma_bytes_now = counters.dma_bytes_now.value();
    out.pinned_bytes_now = counters.pinned_bytes_now.value();
    out.refusals = counters.refusals.value();
    out.revocations = counters.revocations.value();
    out.resets = counters.resets.value();
    out.storms = counters.storms.value();
    return Status::ok;
}

}  // namespace openbar::driver
