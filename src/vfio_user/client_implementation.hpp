/// What a Client consists of. Its functions are spread over client*.cpp by subject.
#pragma once

#include "openbar/vfio_user/client.hpp"

#include "vfio_user/connection.hpp"
#include "vfio_user/region_reply.hpp"

#include <fmt/format.h>

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
    Implementation(FileDescriptor socket, std::string name, Options options);

    [[nodiscard]] Result<void> negotiate(Deadline deadline);
    [[nodiscard]] Result<const KnownRegion*> known_region(RegionIndex index);
    [[nodiscard]] Result<InterruptInfo> interrupt(InterruptKind kind);

    /// Checks an access against what is known of the region; `attempted` is made only for errors.
    enum class Direction : std::uint8_t { read, write };
    [[nodiscard]] Result<void> check_access(RegionIndex region, std::uint64_t offset,
                                            std::uint64_t length, Direction direction);

    [[nodiscard]] Result<void> set_irqs(const protocol::IrqSet& set,
                                        std::span<const std::uint8_t> data,
                                        std::span<const int> eventfds, const char* what);

    /// The error of a failed exchange, told as a failure of `attempted`.
    [[nodiscard]] static Error named(Error error, std::string attempted) {
        error.attempted = std::move(attempted);
        return error;
    }
    /// A reply that cannot be true: the server is not to be trusted any further.
    [[nodiscard]] Error lie(std::string attempted, std::string cause) {
        return named(connection.give_up(Error{ErrorCode::protocol, {}, std::move(cause), {}, 0}),
                     std::move(attempted));
    }
    [[nodiscard]] std::string of_server(const std::string& what) const {
        return fmt::format("{} of {}", what, connection.name());
    }

    Options options;
    Connection connection;
    Negotiated negotiated;
    DeviceInfo device;

private:
    [[nodiscard]] Result<void> agree_on_version(Deadline deadline);
    [[nodiscard]] Result<void> accept_version(Message& reply, const std::string& attempted);
    [[nodiscard]] Result<void> accept_twin(std::optional<std::uint64_t> index, Message& reply,
                                           const std::string& attempted);
    [[nodiscard]] Result<void> ask_device_info(Deadline deadline);
    [[nodiscard]] Result<KnownRegion> ask_region(RegionIndex index);

    // Filled once each; read without a lock by every access.
    std::vector<std::atomic<const KnownRegion*>> regions_;
    std::vector<std::unique_ptr<const KnownRegion>> owned_regions_;
    std::array<std::optional<InterruptInfo>, protocol::pci_irqs> interrupts_;
    std::mutex filling_;
};

[[nodiscard]] inline iovec part_of(const void* data, std::size_t size) noexcept {
    return {const_cast<void*>(data), size};  // only ever sent
}
template <typename T>
[[nodiscard]] iovec part_of(const T& structure) noexcept {
    return part_of(&structure, sizeof structure);
}

}  // namespace openbar::vfio_user
