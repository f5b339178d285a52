// What a client may ask of a card once it has said which version it speaks.
#include "simulator/vfio_user/session.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace openbar::simulator::vfio_user {
namespace {

namespace protocol = openbar::vfio_user::protocol;
using protocol::Command;

int errno_of(Card::Refusal refusal) {
    switch (refusal) {
        case Card::Refusal::none: return 0;
        case Card::Refusal::out_of_range: return EINVAL;
        // What Linux VFIO answers while the command register switches decoding off.
        case Card::Refusal::disabled: return EIO;
    }
    return EINVAL;
}

}  // namespace

Session::Answer Session::dispatch(Message& request) {
    switch (request.header.command) {
        case Command::device_get_info: return device_info(request);
        case Command::get_region_info: return region_info(request);
        case Command::get_irq_info: return irq_info(request);
        case Command::set_irqs: return set_irqs(request);
        case Command::region_read: return region_read(request);
        case Command::region_write: return region_write(request);
        case Command::region_write_multi: return write_multi(request);
        case Command::dma_map: return dma_map(request);
        case Command::dma_unmap: return dma_unmap(request);
        case Command::device_reset: card_.reset(); return {};
        case Command::version: return {.error = EINVAL};
        default: return {.error = EOPNOTSUPP};
    }
}

Session::Answer Session::device_info(const Message& request) {
    protocol::DeviceInfo info;
    if (!request.get(info) || info.argsz < sizeof info) return {.error = EINVAL};
    return with(protocol::DeviceInfo{.flags = protocol::device_reset | protocol::device_pci,
                                     .regions = protocol::pci_regions,
                                     .irqs = protocol::pci_irqs});
}

Session::Answer Session::region_info(const Message& request) {
    protocol::RegionInfo wanted;
    if (!request.get(wanted) || wanted.argsz < sizeof wanted ||
        wanted.index >= protocol::pci_regions) {
        return {.error = EINVAL};
    }
    protocol::RegionInfo info{.index = wanted.index, .size = card_.region_size(wanted.index)};
    if (info.size != 0) info.flags = protocol::region_read | protocol::region_write;
    const auto* region = card_.region(wanted.index);
    const int descriptor = card_.plain().handle(wanted.index);
    if (!region || descriptor < 0 || client_descriptors_ == 0) return with(info);
    const std::size_t areas = region->plain.size();
    info.flags |= protocol::region_mmap | protocol::region_capabilities;
    info.argsz = static_cast<std::uint32_t>(sizeof info + sizeof(protocol::CapabilityHeader) +
                                            sizeof(protocol::SparseMmap) +
                                            areas * sizeof(protocol::SparseArea));
    // Without room for all of it: only how much room it takes, and no descriptor yet.
    if (wanted.argsz < info.argsz) return with(info);
    info.capabilities = sizeof info;
    put(info);
    put(protocol::CapabilityHeader{.id = protocol::capability_sparse_mmap, .version = 1});
    put(protocol::SparseMmap{.areas = static_cast<std::uint32_t>(areas)});
    for (const auto& part : region->plain) put(protocol::SparseArea{part.offset, part.length});
    return {.bytes = &outgoing_, .descriptor = descriptor};
}

Session::Answer Session::irq_info(const Message& request) {
    protocol::IrqInfo info;
    if (!request.get(info) || info.argsz < sizeof info || info.index >= protocol::pci_irqs) {
        return {.error = EINVAL};
    }
    const auto kind = static_cast<InterruptKind>(info.index);
    return with(protocol::IrqInfo{
        .flags = irq_flags(kind), .index = info.index, .count = card_.interrupts().count(kind)});
}

Session::Answer Session::region_read(const Message& request) {
    protocol::RegionAccess access;
    if (!request.get(access) || access.count > max_transfer || access.count > client_transfer_) {
        return {.error = EINVAL};
    }
    put(access);
    outgoing_.resize(sizeof access + access.count);
    const auto bytes = std::span(outgoing_).subspan(sizeof access);
    const auto refusal = card_.access(access.region, access.offset, bytes, Card::Direction::read);
    return {.error = errno_of(refusal), .bytes = &outgoing_};
}

Session::Answer Session::region_write(const Message& request) {
    protocol::RegionAccess access;
    if (!request.get(access)) return {.error = EINVAL};
    const auto data = request.payload.subspan(sizeof access);
    if (data.size() != access.count || access.count > max_transfer) return {.error = EINVAL};
    // While the model acts, it may ask for memory, and what then arrives takes the place of the
    // request in the stream's buffer.
    incoming_.assign(data.begin(), data.end());
    const auto refusal =
        card_.access(access.region, access.offset, incoming_, Card::Direction::write);
    if (refusal != Card::Refusal::none) return {.error = errno_of(refusal)};
    return with(access);
}

Session::Answer Session::write_multi(const Message& request) {
    protocol::WriteMulti multi;
    if (!request.get(multi)) return {.error = EINVAL};
    const auto data = request.payload.subspan(sizeof multi);
    if (multi.count != data.size() / sizeof(protocol::SingleWrite) ||
        data.size() % sizeof(protocol::SingleWrite) != 0) {
        return {.error = EINVAL};
    }
    std::vector<protocol::SingleWrite> writes(static_cast<std::size_t>(multi.count));
    if (!writes.empty()) std::memcpy(writes.data(), data.data(), data.size());
    protocol::WriteMulti done;
    for (protocol::SingleWrite& write : writes) {
        const std::span bytes(reinterpret_cast<std::byte*>(&write.data), sizeof write.data);
        if (write.count == 0 || write.count > bytes.size()) break;
        if (card_.access(write.region, write.offset, bytes.first(write.count),
                         Card::Direction::write) != Card::Refusal::none) {
            break;
        }
        ++done.count;
    }
    return with(done);
}

Session::Answer Session::dma_map(Message& request) {
    protocol::DmaMap map;
    if (!request.get(map) || request.descriptors.size() > 1) return {.error = EINVAL};
    FileDescriptor descriptor;
    if (request.descriptors.size() == 1) descriptor = request.descriptors.take(0);
    const int error = memory_.map(map, std::move(descriptor));
    card_.trace({.kind = TraceEvent::Kind::memory,
                 .offset = map.address,
                 .length = map.size,
                 .ok = error == 0,
                 .text = "given"});
    return {.error = error};
}

Session::Answer Session::dma_unmap(const Message& request) {
    protocol::DmaUnmap unmap;
    if (!request.get(unmap) || unmap.argsz < sizeof unmap) return {.error = EINVAL};
    int error = 0;
    if (unmap.flags == protocol::dma_unmap_all && unmap.address == 0 && unmap.size == 0) {
        memory_.clear();
    } else if (unmap.flags != 0) {
        error = EINVAL;
    } else {
        error = memory_.unmap(unmap.address, unmap.size);
    }
    card_.trace({.kind = TraceEvent::Kind::memory,
                 .offset = unmap.address,
                 .length = unmap.size,
                 .ok = error == 0,
                 .text = "taken back"});
    if (error != 0) return {.error = error};
    unmap.argsz = sizeof unmap;
    return with(unmap);
}

}  // namespace openbar::simulator::vfio_user
