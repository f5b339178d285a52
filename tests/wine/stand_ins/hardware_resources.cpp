#include "tests/wine/stand_ins/hardware_resources.hpp"

namespace openbar::stand_in {
namespace {

// The list's type has room for one.
struct ResourceList {
    CM_RESOURCE_LIST list;
    CM_PARTIAL_RESOURCE_DESCRIPTOR more[2];
} raw_resources, translated_resources;

void describe_memory(CM_PARTIAL_RESOURCE_DESCRIPTOR& resource, uint64_t start, uint64_t length) {
    resource = {};
    resource.Type = CmResourceTypeMemory;
    resource.u.Memory.Start.QuadPart = static_cast<LONGLONG>(start);
    resource.u.Memory.Length = static_cast<ULONG>(length);
}

void describe_ports(CM_PARTIAL_RESOURCE_DESCRIPTOR& resource, uint64_t start, uint64_t length) {
    resource = {};
    resource.Type = CmResourceTypePort;
    resource.u.Port.Start.QuadPart = static_cast<LONGLONG>(start);
    resource.u.Port.Length = static_cast<ULONG>(length);
}

void describe_interrupt(CM_PARTIAL_RESOURCE_DESCRIPTOR& resource, uint32_t messages,
                        bool translated) {
    resource = {};
    resource.Type = CmResourceTypeInterrupt;
    if (given == Given::messages) {
        resource.Flags = CM_RESOURCE_INTERRUPT_LATCHED | CM_RESOURCE_INTERRUPT_MESSAGE;
        if (translated) {
            resource.u.MessageInterrupt.Translated.Level = 9;
            resource.u.MessageInterrupt.Translated.Vector = 0x91;
        } else {
            resource.u.MessageInterrupt.Raw.MessageCount = static_cast<USHORT>(messages);
        }
    } else {
        resource.ShareDisposition = CmResourceShareShared;
        resource.Flags = CM_RESOURCE_INTERRUPT_LEVEL_SENSITIVE;
        resource.u.Interrupt.Level = 9;
        resource.u.Interrupt.Vector = 0x91;
        resource.u.Interrupt.Affinity = 1;
    }
}

/// The page behind the registers is shared with whatever comes after them.
void describe_fixed(CM_PARTIAL_RESOURCE_DESCRIPTOR& memory, CM_PARTIAL_RESOURCE_DESCRIPTOR& ports,
                    const hardware_resources& assigned) {
    constexpr uint64_t registers = 0x2080;
    describe_memory(memory, assigned.bar_start, registers);
    describe_ports(ports, assigned.first_port, assigned.port_count);
    switch (wrong_range) {
        case WrongRange::none: break;
        // The stand-in's machine has 2 GiB of RAM: the range begins with its last byte.
        case WrongRange::in_ram: describe_memory(memory, 0x7fffffff, registers); break;
        case WrongRange::wraps: describe_memory(memory, ~uint64_t{0} - 0x10, registers); break;
        case WrongRange::empty: describe_memory(memory, assigned.bar_start, 0); break;
        case WrongRange::beyond_ports: describe_ports(ports, 0xfffc, 8); break;
        case WrongRange::configuration_space: describe_memory(memory, 0xb0100000, 0x1000); break;
        case WrongRange::keyboard: describe_ports(ports, 0x60, 8); break;
    }
}

}  // namespace

WrongRange wrong_range = WrongRange::none;

CM_RESOURCE_LIST* assigned_resources(bool translated) {
    ResourceList& resources = translated ? translated_resources : raw_resources;
    hardware_resources assigned{};
    hardware_get_resources(&assigned);
    CM_FULL_RESOURCE_DESCRIPTOR& bus = resources.list.List[0];
    resources.list.Count = 1;
    bus.InterfaceType = given == Given::fixed ? Internal : PCIBus;
    bus.PartialResourceList.Version = bus.PartialResourceList.Revision = 1;
    CM_PARTIAL_RESOURCE_DESCRIPTOR* first = bus.PartialResourceList.PartialDescriptors;
    CM_PARTIAL_RESOURCE_DESCRIPTOR* next = resources.more;
    if (given == Given::fixed) {
        describe_fixed(*first, *next++, assigned);
    } else {
        describe_memory(*first, assigned.bar_start, assigned.bar_length);
        if (assigned.bar_port_count != 0)
            describe_ports(*next++, assigned.bar_first_port, assigned.bar_port_count);
        describe_interrupt(*next++, assigned.messages, translated);
    }
    bus.PartialResourceList.Count = static_cast<ULONG>(1 + (next - resources.more));
    return &resources.list;
}

}  // namespace openbar::stand_in
