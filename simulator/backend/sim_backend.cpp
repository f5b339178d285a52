// `sim:MODEL`: a simulated card in this program. Each request is a call of its model.
#include "openbar/configuration.hpp"
#include "openbar/pci_registers.hpp"

#include "backends/decoding.hpp"
#include "backends/emulated/map_region.hpp"
#include "backends/eventfd_interrupt.hpp"
#include "backends/open_backend.hpp"
#include "base/failure.hpp"
#include "base/file_descriptor.hpp"
#include "base/file_mapping.hpp"
#include "base/system_calls.hpp"
#include "device/request_check.hpp"
#include "dma/mapped_check.hpp"
#include "dma/page_memory.hpp"
#include "simulator/backend/describe.hpp"
#include "simulator/backend/live_iommu.hpp"
#include "simulator/backend/vector_calls.hpp"
#include "simulator/registry.hpp"

#include <poll.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace openbar {
namespace {

using simulator::Card;
using simulator::LiveCard;

Error refused(Card::Refusal refusal) {
    if (refusal == Card::Refusal::disabled) return decoding_switched_off();
    return failure(ErrorCode::io, "the card refuses it");
}

class SimBackend final : public Backend {
public:
    SimBackend(std::unique_ptr<LiveCard> card, DeviceInfo info)
        : card_(std::move(card)),
          info_(std::move(info)),
          iommu_(*card_),
          memory_(iommu_),
          calls_(*card_),
          vectors_(calls_),
          watch_(EndsEveryWait::no, [this](DeviceEvent event) {
              return calls_.trigger(event == DeviceEvent::error
                                        ? simulator::InterruptKind::error
                                        : simulator::InterruptKind::request);
          }) {}
    /// What the card reports of itself.
    [[nodiscard]] Result<void> watch();

    const DeviceInfo& info() const noexcept override { return info_; }
    Result<std::uint64_t> read(const RegionInfo& region, std::uint64_t offset,
                               unsigned width) override;
    Result<void> write(const RegionInfo& region, std::uint64_t offset, unsigned width,
                       std::uint64_t value) override;
    Result<MappedMemory> map(const RegionInfo& region, Range part, MemoryType wanted,
                             bool writable) override;
    Result<std::unique_ptr<InterruptSource>> enable(InterruptKind kind,
                                                    std::uint32_t index) override {
        const auto& known = *std::ranges::find(info_.vectors, kind, &VectorInfo::kind);
        return EventfdInterrupt::enable(known, index, vectors_, shared_from_this(), watch_);
    }
    Result<std::unique_ptr<EventSource>> events() override {
        return watch_.subscribe(shared_from_this());
    }
    Result<DeviceMemory> allocate_dma(std::uint64_t size,
                                      const DmaConstraints& constraints) override;
    Result<DeviceMemory> pin(std::span<std::byte> memory, const PinOptions& options) override {
        OPENBAR_TRY(allowed, dma::require_access(memory, options.access));
        return dma::give_pinned(memory_, memory, options, shared_from_this());
    }
    Result<void> set_bus_master(bool enabled) override;
    Result<void> reset() override;

private:
    [[nodiscard]] const RegionInfo& config() const { return info_.regions.back(); }

    FileDescriptor request_;          // readable when the card is asked for
    FileDescriptor errors_;           // readable when the card has reported an error
    std::unique_ptr<LiveCard> card_;  // ends before what it signals
    DeviceInfo info_;
    LiveIommu iommu_;
    dma::AddressSpace memory_;
    VectorCalls calls_;
    EnabledVectors vectors_;
    DeviceWatch watch_;
};

Result<void> SimBackend::watch() {
    request_ = FileDescriptor(system_calls::eventfd());
    errors_ = FileDescriptor(system_calls::non_blocking_eventfd());
    if (!request_ || !errors_) return system_failure(errno, "eventfd");
    OPENBAR_TRY(requests, calls_.connect(simulator::InterruptKind::request, request_.get()));
    OPENBAR_TRY(errors, calls_.connect(simulator::InterruptKind::error, errors_.get()));
    watch_.add_departure({request_.get(), POLLIN, 0}, DeviceEvent::removal_requested,
                         "the simulated card is asked for");
    watch_.add_errors(errors_.get());
    return {};
}

Result<void> SimBackend::reset() {
    {
        OPENBAR_TRY(card, card_->use());
        card->reset();
    }
    watch_.report(DeviceEvent::reset);
    return {};
}

Result<std::uint64_t> SimBackend::read(const RegionInfo& region, std::uint64_t offset,
                                       unsigned width) {
    std::uint64_t value = 0;
    OPENBAR_TRY(card, card_->use());
    const auto bytes = std::as_writable_bytes(std::span(&value, 1)).first(width);
    const auto refusal = card->access(region.index, offset, bytes, Card::Direction::read);
    if (refusal != Card::Refusal::none) return refused(refusal);
    return value;
}

Result<void> SimBackend::write(const RegionInfo& region, std::uint64_t offset, unsigned width,
                               std::uint64_t value) {
    OPENBAR_TRY(card, card_->use());
    const auto bytes = std::as_writable_bytes(std::span(&value, 1)).first(width);
    const auto refusal = card->access(region.index, offset, bytes, Card::Direction::write);
    if (refusal != Card::Refusal::none) return refused(refusal);
    return {};
}

Result<MappedMemory> SimBackend::map(const RegionInfo& region, Range part, MemoryType,
                                     bool writable) {
    const int memory = card_->memory_handle(region.index);
    if (memory >= 0 && is_memory(part, region)) {
        OPENBAR_TRY(mapped, map_file(memory, part, writable, describe_region(region, info_),
                                     shared_from_this()));
        return MappedMemory{mapped.base, MemoryType::cached, std::move(mapped.owner), mapped.loss};
    }
    const int protection = PROT_READ | (writable ? PROT_WRITE : 0);
    return map_emulated(shared_from_this(), region, part, writable,
                        [&](std::byte* place, Range piece) -> Result<void> {
                            const auto offset = static_cast<off_t>(piece.offset);
                            if (::mmap(place, piece.length, protection, MAP_SHARED | MAP_FIXED,
                                       memory, offset) == MAP_FAILED)
                                return system_failure(errno, "mmap");
                            return {};
                        });
}

Result<DeviceMemory> SimBackend::allocate_dma(std::uint64_t size,
                                              const DmaConstraints& constraints) {
    const std::uint64_t mask = memory_.granule() - 1;
    OPENBAR_TRY(pages, dma::PageMemory::allocate((size + mask) & ~mask));
    struct Keeps {
        std::shared_ptr<const void> backend;
        dma::PageMemory pages;
    };
    auto keeps = std::make_shared<const Keeps>(shared_from_this(), std::move(pages));
    return dma::give_buffer(memory_, {.bytes = keeps->pages.bytes()}, size, constraints, keeps);
}

Result<void> SimBackend::set_bus_master(bool enabled) {
    const auto at = configuration::command.offset;
    OPENBAR_TRY(command, read(config(), at, 2));
    const std::uint64_t bit = pci::command_bus_master;
    return write(config(), at, 2, enabled ? command | bit : command & ~bit);
}

}  // namespace

OpenedBackend open_simulated(const ModelName& model, std::string address, OpenOptions) {
    OPENBAR_TRY(created, simulator::Registry::of_this_program().create(model.name));
    OPENBAR_TRY(card, LiveCard::start(std::move(created)));
    DeviceInfo info = [&] {
        // Nobody else has the card yet: its turn is free.
        const auto turn = card->use();
        return describe_card(**turn, std::move(address));
    }();
    auto backend = std::make_shared<SimBackend>(std::move(card), std::move(info));
    OPENBAR_TRY(watched, backend->watch());
    return backend;
}

}  // namespace openbar
