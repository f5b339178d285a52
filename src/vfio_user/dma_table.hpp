/// The memory that a client has given its device, and the answers to the server's requests for it.
///
///     DmaTable table(max_transfer);
///     table.add({.iova = 0x10000, .memory = buffer, .readable = true, .writable = true});
///     table.answer(message, reply);        // DMA_READ or DMA_WRITE
///
/// Thread-safe: whoever receives a request answers it.
#pragma once

#include "base/mutex.hpp"
#include "vfio_user/message_stream.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace openbar::vfio_user {

class DmaTable {
public:
    struct Mapping {
        std::uint64_t iova = 0;
        std::span<std::byte> memory;
        bool readable = false;  ///< by the device
        bool writable = false;
        bool guarded = false;  ///< may be unmapped, or not writable, by the program's own doing
    };

    explicit DmaTable(std::uint64_t max_transfer) : max_transfer_(max_transfer) {}

    /// False where it overlaps one that is there. It must not wrap round.
    [[nodiscard]] bool add(const Mapping& mapping);
    [[nodiscard]] bool contains(std::uint64_t iova, std::uint64_t size) const;
    void remove(std::uint64_t iova);
    void clear();
    [[nodiscard]] std::size_t size() const;

    /// The whole reply, header included, to a request of the server's, in `reply`; an error reply
    /// where the request makes no sense. Empty where no reply is asked for.
    void answer(const Message& request, std::vector<std::byte>& reply);

private:
    [[nodiscard]] int carry_out(const Message& request, std::vector<std::byte>& reply);
    [[nodiscard]] int copy(std::uint64_t iova, std::span<std::byte> buffer, bool to_device);

    mutable Mutex mutex_;
    std::map<std::uint64_t, Mapping> mappings_ OPENBAR_GUARDED_BY(mutex_);
    std::uint64_t max_transfer_;
};

}  // namespace openbar::vfio_user
