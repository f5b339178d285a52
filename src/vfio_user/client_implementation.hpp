/// What a Client consists of: its requests, whose errors leave out what was attempted. `Client`
/// adds it, and so does a back end in its words. The functions are spread over client_*.cpp by
/// subject.
#pragma once

#include "openbar/vfio_user/client.hpp"

#include "vfio_user/connection.hpp"
#include "vfio_user/mapped_area.hpp"
#include "vfio_user/region_reply.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace openbar::vfio_user {

/// Data in one message that this client takes, and offers to take.
inline constexpr std::uint64_t client_max_transfer = protocol::default_max_transfer;
/// Descriptors in one message, likewise: one for each mappable area of a region, at most.
inline constexpr std::uint64_t client_max_descriptors = 8;
/// More regions or vectors than any device has: a server that claims them lies.
inline constexpr std::uint32_t most_regions = 512;
inline constexpr std::uint32_t most_vectors = 2048;

class Client::Implementation {
public:
    using Pointer = std::unique_ptr<Implementation>;
    enum class Direction : std::uint8_t { read, write };

    /// As the functions of `Client` that have these names.
    [[nodiscard]] static Result<Pointer> connect(const std::string& path, Options options = {});
    [[nodiscard]] static Result<Pointer> adopt(int socket, std::string name, Options options = {});

    [[nodiscard]] Result<const KnownRegion*> known_region(RegionIndex index);
    [[nodiscard]] Result<std::unique_ptr<MappedArea::Implementation>> map(RegionIndex index,
                                                                          Range range,
                                                                          bool writable);
    /// Over addresses that the caller has reserved, and unmaps. Only what the server cannot cut
    /// short.
    [[nodiscard]] Result<void> map_at(std::byte* place, RegionIndex index, Range range,
                                      bool writable);
    [[nodiscard]] Result<void> reset();

    [[nodiscard]] Result<std::uint64_t> read_width(RegionIndex region, std::uint64_t offset,
                                                   unsigned width);
    [[nodiscard]] Result<void> write_width(RegionIndex region, std::uint64_t offset, unsigned width,
                                           std::uint64_t value);
    [[nodiscard]] Result<void> read(RegionIndex region, std::uint64_t offset,
                                    std::span<std::byte> destination);
    [[nodiscard]] Result<void> write(RegionIndex region, std::uint64_t offset,
                                     std::span<const std::byte> source);
    [[nodiscard]] Result<void> write_posted(RegionIndex region, std::uint64_t offset,
                                            unsigned width, std::uint64_t value);
    [[nodiscard]] Result<void> fence();
    [[nodiscard]] Result<void> read_elements(RegionIndex region, std::uint64_t offset,
                                             std::span<std::byte> destination, unsigned width);
    [[nodiscard]] Result<void> write_elements(RegionIndex region, std::uint64_t offset,
                                              std::span<const std::byte> source, unsigned width);
    [[nodiscard]] Result<void> write_batch(std::span<const RegionWrite> writes);

    [[nodiscard]] Result<InterruptInfo> interrupt(InterruptKind kind);
    [[nodiscard]] Result<void> set_eventfds(InterruptKind kind, std::uint32_t first,
                                            std::span<const int> eventfds);
    [[nodiscard]] Result<void> disable_interrupts(InterruptKind kind);
    /// `action` is one of `protocol::irq_action_`.
    [[nodiscard]] Result<void> act(InterruptKind kind, std::uint32_t action, std::uint32_t first,
                                   std::uint32_t count, std::span<const std::uint8_t> selected);

    [[nodiscard]] Result<void> dma_map(std::uint64_t iova, std::span<std::byte> memory,
                                       DmaAccess access, int descriptor, std::uint64_t offset);
    [[nodiscard]] Result<void> dma_unmap(std::uint64_t iova, std::uint64_t size);
    [[nodiscard]] Result<void> dma_unmap_all();

    Implementation(FileDescriptor socket, std::string name, Options options);

    Options options;
    Connection connection;
    Negotiated negotiated;
    DeviceInfo device;

private:
    [[nodiscard]] Result<void> negotiate(Deadline deadline);
    [[nodiscard]] Result<void> agree_on_version(Deadline deadline);
    [[nodiscard]] Result<void> accept_version(Message& reply);
    [[nodiscard]] Result<void> accept_twin(std::optional<std::uint64_t> index, Message& reply);
    [[nodiscard]] Result<void> ask_device_info(Deadline deadline);
    [[nodiscard]] Result<KnownRegion> ask_region(RegionIndex index);
    [[nodiscard]] Result<MappedArea::Implementation::Request> area_request(RegionIndex index,
                                                                           Range range,
                                                                           bool writable);
    [[nodiscard]] Result<InterruptInfo> ask_interrupt(InterruptKind kind);

    /// Checks an access against what is known of the region.
    [[nodiscard]] Result<void> check_access(RegionIndex region, Range part, Direction direction);
    [[nodiscard]] Result<void> read_piece(RegionIndex region, std::uint64_t offset,
                                          std::span<std::byte> destination);
    [[nodiscard]] Result<void> write_piece(RegionIndex region, std::uint64_t offset,
                                           std::span<const std::byte> source);
    [[nodiscard]] Result<void> read_some_elements(RegionIndex region, std::uint64_t offset,
                                                  std::span<std::byte> destination, unsigned width);
    [[nodiscard]] Result<void> send_coalesced(std::span<const RegionWrite> writes);
    [[nodiscard]] Result<void> send_pipelined(std::span<const RegionWrite> writes);
    [[nodiscard]] Result<void> set_irqs(const protocol::IrqSet& set,
                                        std::span<const std::uint8_t> data,
                                        std::span<const int> eventfds);

    /// A reply that cannot be true: the server is not to be trusted any further.
    [[nodiscard]] Error lie(std::string cause);

    // Filled once each; read without a lock by every access.
    std::vector<std::atomic<const KnownRegion*>> regions_;
    std::vector<std::unique_ptr<const KnownRegion>> owned_regions_ OPENBAR_GUARDED_BY(filling_);
    std::array<std::optional<InterruptInfo>, protocol::pci_irqs> interrupts_
        OPENBAR_GUARDED_BY(filling_);
    Mutex filling_;
};

[[nodiscard]] inline iovec part_of(const void* data, std::size_t size) noexcept {
    return {const_cast<void*>(data), size};  // only ever sent
}
template <typename T>
[[nodiscard]] iovec part_of(const T& structure) noexcept {
    return part_of(&structure, sizeof structure);
}

}  // namespace openbar::vfio_user
