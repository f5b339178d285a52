// The last moment: what the driver has not given back by now is lost until the next boot.
#include "tests/wine/stand_ins/kernel_rules.hpp"

namespace openbar::stand_in {
namespace {

void complain_of(const Held& held) {
    if (held.count != 0) hardware_complain("unload", held.what, held.count);
}

void complain_of(const char* what, uint32_t count) {
    if (count != 0) hardware_complain("unload", what, count);
}

}  // namespace

Held memory_lists = {"MDLs not freed:", 0};
Held object_references = {"object references not given back:", 0};
Held remove_locks = {"remove locks not released:", 0};
Held work_items = {"work items not freed:", 0};
Held devices = {"devices not deleted:", 0};
Held bus_interfaces = {"bus interfaces not given back:", 0};
Held dma_adapters = {"DMA adapters not put back:", 0};
Held scatter_lists = {"scatter-gather lists not put back:", 0};
Held interrupt_connections = {"interrupts still connected:", 0};
Held notifications = {"process notifications still wanted:", 0};
Held registry_handles = {"registry handles not closed:", 0};

PDRIVER_UNLOAD drivers_unload = nullptr;

void NTAPI unload(DRIVER_OBJECT* driver) {
    drivers_unload(driver);
    complain_of(memory_lists);
    complain_of(object_references);
    complain_of(remove_locks);
    complain_of(work_items);
    complain_of(devices);
    complain_of(bus_interfaces);
    complain_of(dma_adapters);
    complain_of(scatter_lists);
    complain_of(interrupt_connections);
    complain_of(notifications);
    complain_of(registry_handles);
    complain_of("requests still pended:", static_cast<uint32_t>(requests_pended()));
    hardware_report report{};
    hardware_get_report(&report);
    complain_of("kernel views of the card not unmapped:", report.io_views);
    complain_of("mappings in processes not unmapped:", report.user_views);
    complain_of("common buffers not freed:", report.common_buffers);
    complain_of("pages still locked:", report.pinned_pages);
    complain_of_pool_blocks();
    hardware_note_unloaded();
}

}  // namespace openbar::stand_in
