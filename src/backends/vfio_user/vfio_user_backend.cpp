#include "backends/vfio_user/vfio_user_backend.hpp"

#include "openbar/configuration.hpp"
#include "openbar/pci_registers.hpp"
#include "openbar/vfio_user/shared_memory.hpp"

#include "backends/decoding.hpp"
#include "backends/emulated/map_region.hpp"
#include "backends/enabled_vectors.hpp"
#include "backends/eventfd_interrupt.hpp"
#include "backends/vfio_user/client_iommu.hpp"
#include "backends/vfio_user/irq_messages.hpp"
#include "base/failure.hpp"
#include "base/file_descriptor.hpp"
#include "base/page.hpp"
#include "base/region_name.hpp"
#include "base/system_calls.hpp"
#include "device/request_check.hpp"
#include "dma/mapped_check.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>

namespace openbar {
namespace {

class VfioUserBackend final : public Backend {
public:
    VfioUserBackend(vfio_user::Client::Implementation::Pointer client, std::string address,
                    std::shared_ptr<const void> keeps)
        : keeps_(std::move(keeps)),
          client_(std::move(client)),
          iommu_(*client_),
          memory_(iommu_),
          requests_(*client_),
          vectors_(requests_),
          request_(connected(vfio_user::InterruptKind::request, system_calls::eventfd())),
          errors_(connected(vfio_user::InterruptKind::error, system_calls::non_blocking_eventfd())),
          watch_(EndsEveryWait::yes, [this](DeviceEvent event) { return trigger(event); }) {
        watch_.add_departure({request_.get(), POLLIN, 0}, DeviceEvent::removal_requested,
                             "the server of the simulated card asks for it back");
        watch_.add_departure({client_->connection.socket(), POLLRDHUP, 0}, DeviceEvent::removed,
                             "the server of the simulated card has gone");
        if (errors_) watch_.add_errors(errors_.get());
        info_.address = std::move(address);
        info_.backend = BackendKind::vfio_user;
    }

    [[nodiscard]] Result<void> describe();

    const DeviceInfo& info() const noexcept override { return info_; }
    Result<std::uint64_t> read(const RegionInfo& region, std::uint64_t offset,
                               unsigned width) override {
        return understood(region, client_->read_width(region.index, offset, width));
    }
    Result<void> write(const RegionInfo& region, std::uint64_t offset, unsigned width,
                       std::uint64_t value) override {
        return understood(region, client_->write_width(region.index, offset, width, value));
    }
    Result<MappedMemory> map(const RegionInfo& region, Range part, MemoryType wanted,
                             bool writable) override;
    Result<std::unique_ptr<InterruptSource>> enable(InterruptKind kind,
                                                    std::uint32_t index) override {
        const auto& known = *std::ranges::find(info_.vectors, kind, &VectorInfo::kind);
        return EventfdInterrupt::enable(known, index, vectors_, shared_from_this(), watch_);
    }
    Result<DeviceMemory> allocate_dma(std::uint64_t size,
                                      const DmaConstraints& constraints) override;
    Result<DeviceMemory> pin(std::span<std::byte> memory, const PinOptions& options) override;
    Result<void> set_bus_master(bool enabled) override;
    Result<void> reset() override {
        OPENBAR_TRY(done, client_->reset());
        watch_.report(DeviceEvent::reset);
        return {};
    }
    Result<void> run(std::span<const RegisterStep> steps, std::span<std::uint64_t> values) override;
    Result<std::unique_ptr<EventSource>> events() override {
        return watch_.subscribe(shared_from_this());
    }

private:
    /// The eventfd, if the server signals it.
    [[nodiscard]] FileDescriptor connected(vfio_user::InterruptKind kind, int eventfd) {
        FileDescriptor event(eventfd);
        const auto info = client_->interrupt(kind);
        if (!event || !info || info->count == 0) return {};
        if (!client_->set_eventfds(kind, 0, std::span(&eventfd, 1))) return {};
        return event;
    }
    [[nodiscard]] Result<void> trigger(DeviceEvent event) {
        return client_->act(event == DeviceEvent::error ? vfio_user::InterruptKind::error
                                                        : vfio_user::InterruptKind::request,
                            vfio_user::protocol::irq_action_trigger, 0, 1, {});
    }
    [[nodiscard]] Result<void> describe_regions();
    void describe_kinds();
    void describe_identity();
    void describe_vectors();
    void describe_capabilities();
    /// EIO is also what a server answers, as Linux does, while the card decodes nothing.
    template <typename T>
    [[nodiscard]] Result<T> understood(const RegionInfo& region, Result<T> done) const {
        if (done || done.error().system_error != EIO || !is_switched_off(region)) return done;
        return decoding_switched_off();
    }
    [[nodiscard]] bool is_switched_off(const RegionInfo& region) const;
    [[nodiscard]] std::uint32_t configuration_value(std::uint64_t offset, unsigned width) const {
        return static_cast<std::uint32_t>(
            client_->read_width(configuration_region, offset, width).value_or(0));
    }

    std::shared_ptr<const void> keeps_;
    vfio_user::Client::Implementation::Pointer client_;
    DeviceInfo info_;
    ClientIommu iommu_;
    dma::AddressSpace memory_;
    IrqMessages requests_;
    EnabledVectors vectors_;
    FileDescriptor request_;  // readable when the server asks for the card back
    FileDescriptor errors_;   // readable when the card has reported an error
    DeviceWatch watch_;
};

bool VfioUserBackend::is_switched_off(const RegionInfo& region) const {
    if (!info_.capabilities.configuration || region.index == configuration_region) return false;
    const auto command =
        client_->read_width(configuration_region, configuration::command.offset, 2);
    const std::uint64_t decodes =
        region.kind == RegionKind::port_io ? pci::command_io : pci::command_memory;
    return command && (*command & decodes) == 0;
}

Result<void> VfioUserBackend::describe() {
    OPENBAR_TRY(regions, describe_regions());
    if (client_->device.is_pci && !info_.regions.empty() &&
        info_.regions.back().index == configuration_region) {
        describe_identity();
        describe_kinds();
    }
    describe_vectors();
    describe_capabilities();
    return {};
}

Result<void> VfioUserBackend::describe_regions() {
    const auto last = client_->device.is_pci
                          ? std::min(client_->device.regions, configuration_region + 1)
                          : client_->device.regions;
    for (RegionIndex index = 0; index < last; ++index) {
        OPENBAR_TRY(known, client_->known_region(index).attempting(
                               [&] { return "describe " + region_name(index); }));
        const vfio_user::RegionDetails& given = known->details;
        if (given.size == 0) continue;
        const bool config = client_->device.is_pci && index == configuration_region;
        info_.regions.push_back(
            {.index = index,
             .name = client_->device.is_pci ? region_name(index) : fmt::format("bar{}", index),
             .kind = config ? RegionKind::configuration : RegionKind::memory,
             .size = given.size,
             .readable = given.readable,
             .writable = given.writable,
             .not_mappable_because =
                 config ? "the configuration space cannot be mapped" : given.not_mappable_because});
        if (config) continue;
        std::vector<Range> memory = given.mappable;
        std::ranges::sort(memory, {}, &Range::offset);
        if (given.readable)
            make_mappable(info_.regions.back(), std::move(memory));
        else
            info_.regions.back().mappable = std::move(memory);
    }
    return {};
}

void VfioUserBackend::describe_identity() {
    const auto word = [&](std::uint64_t offset) {
        return static_cast<std::uint16_t>(configuration_value(offset, 2));
    };
    info_.identity = PciIdentity{.vendor = word(0x00),
                                 .device = word(0x02),
                                 .subsystem_vendor = word(0x2c),
                                 .subsystem = word(0x2e),
                                 .class_code = configuration_value(0x08, 4) >> 8,
                                 .revision = static_cast<std::uint8_t>(configuration_value(8, 1))};
}

/// What a BAR is shows in its low bits: PCI Local Bus Specification 3.0, section 6.2.5.1.
void VfioUserBackend::describe_kinds() {
    for (RegionInfo& region : info_.regions) {
        if (region.index >= rom_region) continue;
        const std::uint32_t bar = configuration_value(0x10 + 4 * region.index, 4);
        if ((bar & 1) != 0) {
            region.kind = RegionKind::port_io;
            region.mappable.clear();
            region.emulated.clear();
            region.not_mappable_because = "port I/O has no memory to map";
            continue;
        }
        region.is_64bit = (bar & 6) == 4;
        region.prefetchable = (bar & 8) != 0;
    }
}

void VfioUserBackend::describe_vectors() {
    for (const auto kind : {InterruptKind::msix, InterruptKind::msi, InterruptKind::intx}) {
        const auto info = client_->interrupt(IrqMessages::protocol_kind(kind));
        if (info && info->count != 0 && info->eventfd)
            info_.vectors.push_back({kind, info->count, info->maskable});
    }
}

void VfioUserBackend::describe_capabilities() {
    Capabilities& can = info_.capabilities;
    const auto mappable = [](const RegionInfo& region) { return !region.mappable.empty(); };
    can.mapping.offered = std::ranges::any_of(info_.regions, mappable);
    if (!can.mapping) can.mapping.why_not = "the server lends no memory of its regions";
    can.write_combining.why_not = "a simulated card's memory is ordinary, cached memory";
    can.configuration.offered = info_.identity.has_value();
    if (!can.configuration) can.configuration.why_not = "the server shows no configuration space";
    can.interrupts.offered = !info_.vectors.empty();
    if (!can.interrupts) can.interrupts.why_not = "the server has no interrupts";
    can.dma.offered = true;
    can.events.offered = true;
    can.reset.offered = client_->device.can_reset;
    if (!can.reset) can.reset.why_not = "the server says that its device cannot be reset";
}

Result<MappedMemory> VfioUserBackend::map(const RegionInfo& region, Range part, MemoryType,
                                          bool writable) {
    if (!is_memory(part, region))
        return map_emulated(shared_from_this(), region, part, writable,
                            [&](std::byte* place, Range piece) {
                                return client_->map_at(place, region.index, piece, writable);
                            });
    // The client maps whole pages; the last page of a region may be cut short by its end.
    Range pages = pages_around(part);
    pages.length = std::min(pages.length, region.size - pages.offset);
    OPENBAR_TRY(area, client_->map(region.index, pages, writable));
    struct Owner {
        std::shared_ptr<const void> backend;
        std::unique_ptr<vfio_user::MappedArea::Implementation> area;
    };
    auto owner = std::make_shared<const Owner>(shared_from_this(), std::move(area));
    std::byte* const base = owner->area->memory().data() + (part.offset - pages.offset);
    const MappingLoss* loss = owner->area->loss();
    return MappedMemory{base, MemoryType::cached, std::move(owner), loss};
}

Result<DeviceMemory> VfioUserBackend::allocate_dma(std::uint64_t size,
                                                   const DmaConstraints& constraints) {
    const std::uint64_t mask = memory_.granule() - 1;
    OPENBAR_TRY(shared,
                vfio_user::SharedMemory::create((size + mask) & ~mask, "openbar DMA buffer"));
    struct Keeps {
        std::shared_ptr<const void> backend;
        vfio_user::SharedMemory shared;
    };
    auto keeps = std::make_shared<const Keeps>(shared_from_this(), std::move(shared));
    return dma::give_buffer(memory_, {keeps->shared.memory(), keeps->shared.descriptor()}, size,
                            constraints, keeps);
}

Result<DeviceMemory> VfioUserBackend::pin(std::span<std::byte> memory, const PinOptions& options) {
    OPENBAR_TRY(allowed, dma::require_access(memory, options.access));
    return dma::give_pinned(memory_, memory, options, shared_from_this());
}

Result<void> VfioUserBackend::run(std::span<const RegisterStep> steps,
                                  std::span<std::uint64_t> values) {
    const auto is_write = [](const RegisterStep& step) {
        return step.operation == RegisterStep::Operation::write;
    };
    std::vector<vfio_user::RegionWrite> writes;
    for (std::size_t index = 0; index < steps.size(); index += writes.size()) {
        writes.clear();
        for (const RegisterStep& step : steps.subspan(index)) {
            if (!is_write(step)) break;
            writes.push_back({step.region, step.offset, step.width, step.value});
        }
        if (writes.size() > 1) {
            OPENBAR_TRY(done, client_->write_batch(writes).attempting([&] {
                return fmt::format("steps {} to {}", index, index + writes.size() - 1);
            }));
            continue;
        }
        OPENBAR_TRY(value, run_step(steps, index));
        values[index] = value;
        writes.resize(1);
    }
    return {};
}

Result<void> VfioUserBackend::set_bus_master(bool enabled) {
    if (!info_.capabilities.configuration) return not_offered(info_.capabilities.configuration);
    const auto at = configuration::command.offset;
    OPENBAR_TRY(command, client_->read_width(configuration_region, at, 2));
    const std::uint64_t bit = pci::command_bus_master;
    return client_->write_width(configuration_region, at, 2,
                                enabled ? command | bit : command & ~bit);
}

}  // namespace

Result<std::shared_ptr<Backend>> make_vfio_user_backend(
    vfio_user::Client::Implementation::Pointer client, std::string address,
    std::shared_ptr<const void> keeps) {
    auto backend =
        std::make_shared<VfioUserBackend>(std::move(client), std::move(address), std::move(keeps));
    OPENBAR_TRY(described, backend->describe());
    return backend;
}

}  // namespace openbar
