/// A client of the vfio-user protocol, for a simulated card in another process.
///
///     auto card = openbar::vfio_user::Client::connect("card.sock").value();
///     std::uint64_t id = card.read_width(0, 0x00, 4).value();  // BAR 0, offset 0, 32 bits
///     card.write_width(0, 0x08, 4, 10).value();
///     int done = eventfd(0, EFD_CLOEXEC);                      // readable once vector 0 fires
///     card.set_eventfds(openbar::vfio_user::InterruptKind::msi, 0, {{done}}).value();
///
/// A program can use this library (CMake target `openbar_vfio_user`) without the rest of openbar,
/// except its errors. It works with any server of the protocol and supports regions, mapping, every
/// kind of interrupt, DMA memory by descriptor or by message, the twin socket, and pipelined and
/// coalesced writes.
///
/// Threads: any thread may call any function at any time; the requests are made one after another.
/// While a call waits for its reply, it answers the server's requests for DMA memory. From the
/// first `dma_map` on, a thread of the client answers them between calls. That thread blocks all
/// signals and ends with the client.
///
/// Trust: the client checks everything from the server: lengths, counts, offsets, descriptors and
/// JSON. A violation of the protocol ends the connection, and every later call returns that error.
/// A call takes at most `Options::timeout`, plus the time of the other threads' calls before it.
///
/// Errors of all functions: removed (the server has gone, or violated the protocol in an earlier
/// call); timed_out; protocol (it violated the protocol in this call); the error for the errno in
/// its reply. Each names the server. Functions list the others.
///
/// Source: QEMU `docs/interop/vfio-user.rst`, called "the specification" below.
#pragma once

#include "openbar/region.hpp"
#include "openbar/result.hpp"
#include "openbar/timeout.hpp"
#include "openbar/vfio_user/mapped_area.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace openbar::vfio_user {

struct Options {
    /// For connecting and negotiating together, and then for each call; at most a year.
    Timeout timeout = std::chrono::seconds(5);
    /// Offers the server a second socket for its requests. Otherwise they share the main socket,
    /// which sometimes costs a thread's wake-up while DMA memory is mapped.
    bool twin_socket = true;
    /// Offers to coalesce writes in `write_batch`.
    bool write_multiple = true;
    /// Allows `map` if the server could truncate the file behind a region later. See `MappedArea`.
    bool map_unsealed = true;
};

/// The result of the negotiation.
struct Negotiated {
    std::uint16_t major = 0;
    std::uint16_t minor = 0;
    std::uint32_t max_descriptors = 1;  ///< the server's limit for one message
    std::uint64_t max_transfer = 0;     ///< bytes of data in one message, in either direction
    std::uint64_t max_dma_maps = 0;
    std::uint64_t page_sizes = 0;  ///< for dma_map: the bitwise or of the sizes, powers of two
    bool twin_socket = false;
    bool write_multiple = false;
};

struct DeviceInfo {
    bool can_reset = false;
    bool is_pci = false;
    std::uint32_t regions = 0;     ///< indices below this may exist
    std::uint32_t interrupts = 0;  ///< kinds below this may exist
};

struct RegionDetails {
    RegionIndex index = 0;
    std::uint64_t size = 0;  ///< bytes; 0: the device has no such region
    bool readable = false;
    bool writable = false;
    /// The parts for `map`: within the region, page-aligned, disjoint, by rising offset. Empty:
    /// every access is a request.
    std::vector<Range> mappable{};
    std::string not_mappable_because{};  ///< why `mappable` is empty, for people; else empty
    /// The type of a region after the nine of PCI (linux/vfio.h, VFIO_REGION_INFO_CAP_TYPE).
    std::optional<std::uint32_t> type{};
    std::optional<std::uint32_t> subtype{};
};

/// The five kinds of interrupt of a PCI device, as linux/vfio.h numbers them.
enum class InterruptKind : std::uint32_t { intx, msi, msix, error, request };

struct InterruptInfo {
    std::uint32_t count = 0;     ///< vectors of this kind; 0: none
    bool eventfd = false;        ///< can signal an eventfd
    bool maskable = false;       ///< `mask` and `unmask` work
    bool automasked = false;     ///< masks itself when it fires: call `unmask` after each
    bool not_resizable = false;  ///< all vectors must be enabled in one call
};

/// One write for `write_batch`: `width` 1, 2, 4 or 8 bytes.
struct RegionWrite {
    RegionIndex region = 0;
    std::uint64_t offset = 0;
    unsigned width = 4;
    std::uint64_t value = 0;
};

enum class DmaAccess : std::uint8_t { read = 1, write = 2, read_write = 3 };  ///< by the device

class Client {
public:
    class Implementation;

    /// Connects to the server that listens at `path`, and negotiates. Errors: not_found (no such
    /// file); removed (no server listens on the socket); invalid_argument (not a socket, or a path
    /// longer than 107 bytes, the limit for sockets); permission_denied; busy (it serves another
    /// client); unsupported (another version); timed_out; protocol.
    [[nodiscard]] static Result<Client> connect(const std::string& path, Options options = {});

    /// The same for a connected stream socket. The client owns it, even if this fails. Errors call
    /// the server `name`.
    [[nodiscard]] static Result<Client> adopt(int socket, std::string name, Options options = {});

    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;
    /// Ends the connection. The server drops this client's DMA memory and interrupts. A
    /// `MappedArea` stays mapped until it is destroyed.
    ~Client();

    /// The name of the server in errors: "vfio-user:/run/card.sock".
    [[nodiscard]] const std::string& name() const noexcept;
    [[nodiscard]] const Negotiated& negotiated() const noexcept;
    [[nodiscard]] const DeviceInfo& device() const noexcept;

    /// A descriptor to poll for POLLRDHUP only, which reports that the server has gone: for
    /// programs that wait for an interrupt. Owned by the client.
    [[nodiscard]] int hangup_descriptor() const noexcept;

    /// Describes region `index`. Only the first call asks the server. The pointer is valid as long
    /// as the client. Error: not_found.
    [[nodiscard]] Result<const RegionDetails*> region(RegionIndex index) const;

    // Request access. All functions check region, offset and length first. Errors: not_found;
    // out_of_range; unsupported (not readable, or not writable).

    /// One access of `width` 1, 2, 4 or 8 bytes at a multiple of the width. One message each way;
    /// the server makes one access. Errors: invalid_argument; misaligned.
    [[nodiscard]] Result<std::uint64_t> read_width(RegionIndex region, std::uint64_t offset,
                                                   unsigned width) const;
    [[nodiscard]] Result<void> write_width(RegionIndex region, std::uint64_t offset, unsigned width,
                                           std::uint64_t value) const;

    /// `destination.size() / width` accesses of `width` bytes, in rising order, pipelined. Stops at
    /// the first error; `destination` then holds the elements before it. Error: invalid_argument
    /// (the size is not a multiple of the width).
    [[nodiscard]] Result<void> read_elements(RegionIndex region, std::uint64_t offset,
                                             std::span<std::byte> destination,
                                             unsigned width) const;
    /// The same for writes, coalesced or pipelined as `write_batch` does.
    [[nodiscard]] Result<void> write_elements(RegionIndex region, std::uint64_t offset,
                                              std::span<const std::byte> source,
                                              unsigned width) const;

    /// Any number of bytes in as few messages as the server allows. The server chooses the widths
    /// of the accesses: use this for memory, not for registers.
    [[nodiscard]] Result<void> read(RegionIndex region, std::uint64_t offset,
                                    std::span<std::byte> destination) const;
    [[nodiscard]] Result<void> write(RegionIndex region, std::uint64_t offset,
                                     std::span<const std::byte> source) const;

    /// Sends one write without waiting for its reply. It reaches the card before any later request
    /// of any thread. Only a failure to send is an error; the server's reply is ignored. Waits
    /// while the socket is full.
    [[nodiscard]] Result<void> write_posted(RegionIndex region, std::uint64_t offset,
                                            unsigned width, std::uint64_t value) const;
    /// Returns when the server has completed everything sent before.
    [[nodiscard]] Result<void> fence() const;

    /// Makes the writes in order, in few messages, and returns when the last is complete. Coalesces
    /// them if the server agreed to `write_multiple`; otherwise pipelines them. All are checked
    /// before the first is sent. Reports a write of a coalesced batch that the server refused; of
    /// pipelined writes, only the last.
    [[nodiscard]] Result<void> write_batch(std::span<const RegionWrite> writes) const;

    /// Maps part of a region. The part lies within one element of `mappable`. Offset and length are
    /// multiples of the page size; the length may also end at the region's end. If not `writable`,
    /// a store ends the program. Errors: misaligned; unsupported (not mappable); out_of_range;
    /// protocol (the file behind it is too short); those of mmap.
    [[nodiscard]] Result<MappedArea> map(RegionIndex region, Range range,
                                         bool writable = true) const;

    /// Error: not_found (the device has no such kind).
    [[nodiscard]] Result<InterruptInfo> interrupt(InterruptKind kind) const;

    /// Connects vector `first + i` to `eventfds[i]`, or to nothing if that is -1. The caller keeps
    /// its descriptors. The server's limit of descriptors determines the number of messages; after
    /// an error the earlier part stays assigned.
    [[nodiscard]] Result<void> set_eventfds(InterruptKind kind, std::uint32_t first,
                                            std::span<const int> eventfds) const;
    /// Disables all vectors of the kind.
    [[nodiscard]] Result<void> disable_interrupts(InterruptKind kind) const;
    /// For `count` vectors from `first`; with `selected` (`count` elements), only for those whose
    /// element is not 0. `trigger` makes the server signal as if the card had.
    [[nodiscard]] Result<void> mask(InterruptKind kind, std::uint32_t first, std::uint32_t count,
                                    std::span<const std::uint8_t> selected = {}) const;
    [[nodiscard]] Result<void> unmask(InterruptKind kind, std::uint32_t first, std::uint32_t count,
                                      std::span<const std::uint8_t> selected = {}) const;
    [[nodiscard]] Result<void> trigger(InterruptKind kind, std::uint32_t first, std::uint32_t count,
                                       std::span<const std::uint8_t> selected = {}) const;

    /// Gives the device `memory` at the bus address `iova`. It must stay valid until `dma_unmap` or
    /// the end of the client. With `descriptor` (borrowed for the call), the server may map the
    /// memory, `offset` bytes into that file. With -1, or if the server takes no descriptors, it
    /// sends a message for each transfer and the client copies; if the memory has been unmapped by
    /// then, the transfer fails at the server. Errors: invalid_argument (empty); misaligned (iova,
    /// offset or size is not a multiple of the smallest page size); out_of_range (wraps); busy
    /// (overlaps another); resource_exhausted (max_dma_maps).
    [[nodiscard]] Result<void> dma_map(std::uint64_t iova, std::span<std::byte> memory,
                                       DmaAccess access, int descriptor = -1,
                                       std::uint64_t offset = 0) const;
    /// Undoes exactly one `dma_map`. After success the server no longer uses the memory. Error:
    /// not_found.
    [[nodiscard]] Result<void> dma_unmap(std::uint64_t iova, std::uint64_t size) const;
    [[nodiscard]] Result<void> dma_unmap_all() const;

    /// Resets the device. The server decides whether interrupts and DMA memory survive; openbar's
    /// keeps both, as Linux VFIO does. Error: unsupported.
    [[nodiscard]] Result<void> reset() const;

private:
    explicit Client(std::unique_ptr<Implementation> implementation) noexcept;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace openbar::vfio_user
