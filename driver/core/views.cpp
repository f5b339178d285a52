// The kernel's views of regions, through which register programs and interrupt routines work.
#include "driver/core/state.hpp"

namespace openbar::driver {

// A view stays until the resources go or its memory type changes, and so at least as long as the
// caller holds Lock::hardware.
Status Device::State::need_view(std::uint32_t number, KernelView& view) {
    Hold<Lock::views> held(kernel);
    if (views[number].address == nullptr) {
        const Region& region = hardware.regions[number];
        if (Status status = kernel.map_io(region.physical, region.size, region.type, views[number]);
            status != Status::ok)
            return status;
    }
    view = views[number];
    return Status::ok;
}

// Nobody is in the middle of an access through one: Lock::hardware is held alone.
void Device::State::drop_views() {
    Hold<Lock::views> held(kernel);
    for (KernelView& view : views) {
        if (view.address != nullptr) kernel.unmap_io(view);
        view = KernelView{};
    }
}

// Another memory type means another kernel view, so that this waits for whoever works through the
// present one. A region that is in use keeps its type.
Status Device::State::change_type(std::uint32_t number, std::uint32_t asked) {
    Hold<Lock::hardware> alone(kernel);
    if (Status status = hardware.standing.check(); status != Status::ok) return status;
    Region& region = hardware.regions[number];
    {
        Hold<Lock::tables> held(kernel);
        const RegionUse& use = tables.uses[number];
        if (use.mappings != 0 || use.interrupts != 0) return Status::ok;
    }
    Hold<Lock::views> held(kernel);
    if (views[number].address != nullptr) kernel.unmap_io(views[number]);
    views[number] = KernelView{};
    region.type = type_for(region, asked);
    return Status::ok;
}

}  // namespace openbar::driver
