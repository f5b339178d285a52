// The public client: what each request attempts, in words for the error if it fails.
#include "openbar/vfio_user/client.hpp"

#include "base/region_name.hpp"
#include "vfio_user/client_implementation.hpp"

#include <fmt/format.h>

namespace openbar::vfio_user {
namespace {

std::string describe_access(std::string_view verb, const std::string& server, RegionIndex region,
                            Range part) {
    return fmt::format("{} {} bytes at {:#x} of {} {}", verb, part.length, part.offset, server,
                       region_name(region));
}

std::string_view kind_name(InterruptKind kind) {
    switch (kind) {
        case InterruptKind::intx: return "INTx";
        case InterruptKind::msi: return "MSI";
        case InterruptKind::msix: return "MSI-X";
        case InterruptKind::error: return "error interrupt";
        case InterruptKind::request: return "request interrupt";
    }
    return "interrupt";
}

/// "mask MSI 0…4 of test-server"
std::string describe_vectors(std::string_view verb, const std::string& server, InterruptKind kind,
                             std::uint32_t first, std::uint64_t count) {
    return fmt::format("{} {} {}…{} of {}", verb, kind_name(kind), first, first + count, server);
}

}  // namespace

Client::Client(std::unique_ptr<Implementation> implementation) noexcept
    : implementation_(std::move(implementation)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Result<Client> Client::connect(const std::string& path, Options options) {
    return Implementation::connect(path, options)
        .transform([](auto implementation) { return Client(std::move(implementation)); })
        .attempting([&] { return "connect to vfio-user:" + path; });
}

Result<Client> Client::adopt(int socket, std::string name, Options options) {
    return Implementation::adopt(socket, name, options)
        .transform([](auto implementation) { return Client(std::move(implementation)); })
        .attempting([&] { return "connect to " + name; });
}

const std::string& Client::name() const noexcept {
    return implementation_->connection.name();
}
const Negotiated& Client::negotiated() const noexcept {
    return implementation_->negotiated;
}
const DeviceInfo& Client::device() const noexcept {
    return implementation_->device;
}
int Client::hangup_descriptor() const noexcept {
    return implementation_->connection.socket();
}

Result<const RegionDetails*> Client::region(RegionIndex index) const {
    return implementation_->known_region(index)
        .transform([](const KnownRegion* known) { return &known->details; })
        .attempting([&] { return fmt::format("describe {} {}", name(), region_name(index)); });
}

Result<MappedArea> Client::map(RegionIndex index, Range range, bool writable) const {
    return implementation_->map(index, range, writable)
        .transform([](auto area) { return MappedArea(std::move(area)); })
        .attempting([&] {
            return fmt::format("map {:#x} bytes at {:#x} of {} {}", range.length, range.offset,
                               name(), region_name(index));
        });
}

Result<void> Client::reset() const {
    return implementation_->reset().attempting([&] { return "reset " + name(); });
}

Result<std::uint64_t> Client::read_width(RegionIndex region, std::uint64_t offset,
                                         unsigned width) const {
    return implementation_->read_width(region, offset, width).attempting([&] {
        return describe_access("read", name(), region, {offset, width});
    });
}

Result<void> Client::write_width(RegionIndex region, std::uint64_t offset, unsigned width,
                                 std::uint64_t value) const {
    return implementation_->write_width(region, offset, width, value).attempting([&] {
        return describe_access("write", name(), region, {offset, width});
    });
}

Result<void> Client::read_elements(RegionIndex region, std::uint64_t offset,
                                   std::span<std::byte> destination, unsigned width) const {
    return implementation_->read_elements(region, offset, destination, width).attempting([&] {
        return describe_access("read", name(), region, {offset, destination.size()});
    });
}

Result<void> Client::write_elements(RegionIndex region, std::uint64_t offset,
                                    std::span<const std::byte> source, unsigned width) const {
    return implementation_->write_elements(region, offset, source, width).attempting([&] {
        return describe_access("write", name(), region, {offset, source.size()});
    });
}

Result<void> Client::read(RegionIndex region, std::uint64_t offset,
                          std::span<std::byte> destination) const {
    return implementation_->read(region, offset, destination).attempting([&] {
        return describe_access("read", name(), region, {offset, destination.size()});
    });
}

Result<void> Client::write(RegionIndex region, std::uint64_t offset,
                           std::span<const std::byte> source) const {
    return implementation_->write(region, offset, source).attempting([&] {
        return describe_access("write", name(), region, {offset, source.size()});
    });
}

Result<void> Client::write_posted(RegionIndex region, std::uint64_t offset, unsigned width,
                                  std::uint64_t value) const {
    return implementation_->write_posted(region, offset, width, value).attempting([&] {
        return describe_access("write", name(), region, {offset, width});
    });
}

Result<void> Client::fence() const {
    return implementation_->fence().attempting(
        [&] { return "wait for earlier writes of " + name(); });
}

Result<void> Client::write_batch(std::span<const RegionWrite> writes) const {
    return implementation_->write_batch(writes).attempting(
        [&] { return fmt::format("carry out {} writes of {}", writes.size(), name()); });
}

Result<InterruptInfo> Client::interrupt(InterruptKind kind) const {
    return implementation_->interrupt(kind).attempting(
        [&] { return fmt::format("ask for the {} of {}", kind_name(kind), name()); });
}

Result<void> Client::set_eventfds(InterruptKind kind, std::uint32_t first,
                                  std::span<const int> eventfds) const {
    return implementation_->set_eventfds(kind, first, eventfds).attempting([&] {
        return describe_vectors("assign", name(), kind, first, eventfds.size());
    });
}

Result<void> Client::disable_interrupts(InterruptKind kind) const {
    return implementation_->disable_interrupts(kind).attempting(
        [&] { return fmt::format("disable {} of {}", kind_name(kind), name()); });
}

Result<void> Client::mask(InterruptKind kind, std::uint32_t first, std::uint32_t count,
                          std::span<const std::uint8_t> selected) const {
    return implementation_->act(kind, protocol::irq_action_mask, first, count, selected)
        .attempting([&] { return describe_vectors("mask", name(), kind, first, count); });
}

Result<void> Client::unmask(InterruptKind kind, std::uint32_t first, std::uint32_t count,
                            std::span<const std::uint8_t> selected) const {
    return implementation_->act(kind, protocol::irq_action_unmask, first, count, selected)
        .attempting([&] { return describe_vectors("unmask", name(), kind, first, count); });
}

Result<void> Client::trigger(InterruptKind kind, std::uint32_t first, std::uint32_t count,
                             std::span<const std::uint8_t> selected) const {
    return implementation_->act(kind, protocol::irq_action_trigger, first, count, selected)
        .attempting([&] { return describe_vectors("trigger", name(), kind, first, count); });
}

Result<void> Client::dma_map(std::uint64_t iova, std::span<std::byte> memory, DmaAccess access,
                             int descriptor, std::uint64_t offset) const {
    return implementation_->dma_map(iova, memory, access, descriptor, offset).attempting([&] {
        return fmt::format("give {} memory at {:#x} ({:#x} bytes)", name(), iova, memory.size());
    });
}

Result<void> Client::dma_unmap(std::uint64_t iova, std::uint64_t size) const {
    return implementation_->dma_unmap(iova, size).attempting([&] {
        return fmt::format("take back memory at {:#x} ({:#x} bytes) from {}", iova, size, name());
    });
}

Result<void> Client::dma_unmap_all() const {
    return implementation_->dma_unmap_all().attempting(
        [&] { return "take back all memory from " + name(); });
}

}  // namespace openbar::vfio_user
