/// A client of the vfio-user protocol: another process's simulated card, worked over a socket.
///
///     auto card = openbar::vfio_user::Client::connect("card.sock").value();
///     std::uint64_t id = card.read_width(0, 0x00, 4).value();  // BAR 0, offset 0, 32 bits
///     card.write_width(0, 0x08, 4, 10).value();
///     int done = eventfd(0, EFD_CLOEXEC);                      // readable once vector 0 fires
///     card.set_eventfds(openbar::vfio_user::InterruptKind::msi, 0, {{done}}).value();
///
/// This library (CMake target `openbar_vfio_user`) needs nothing of openbar but its errors: a
/// program can use it by itself. It speaks to any server of the protocol: regions, mapping of the
/// parts that the server lends, every kind of interrupt, DMA memory by descriptor or by message,
/// twin socket, pipelined and coalesced writes.
///
/// Threads: every function may be called from any thread at any time; requests of several threads
/// follow one another. A call that waits for its reply answers, meanwhile, the server's own
/// requests for DMA memory. From the first `dma_map` on, a thread of the client's answers those
/// that come while no call is under way; it has all signals blocked and ends with the client.
///
/// Trust: nothing that comes from the server is believed. Lengths, counts, offsets, descriptors
/// and JSON are checked; what breaks the protocol ends the connection, and every later call tells
/// what it was. No call lasts longer than the time limit (`Options::timeout`) and the time that
/// calls of other threads take before it.
///
/// Errors, in addition to what each function lists: `removed` (the server went away, or broke the
/// protocol in an earlier call), `timed_out`, `protocol` (it broke the protocol now), and whatever
/// errno the server answered with. Each names the server.
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
    /// For connecting together with negotiation, and then for each call; a year at most.
    Timeout timeout = std::chrono::seconds(5);
    /// Offers the server a socket of its own for its requests. Without one they share the main
    /// socket, which costs a thread's wake-up every now and then while DMA memory is mapped.
    bool twin_socket = true;
    /// Offers to coalesce writes in `write_batch`.
    bool write_multiple = true;
    /// Whether parts of a region may be mapped although the server can cut the file behind them
    /// short later. See `MappedArea`.
    bool map_unsealed = true;
};

/// What client and server agreed on.
struct Negotiated {
    std::uint16_t major = 0;
    std::uint16_t minor = 0;
    std::uint32_t max_descriptors = 1;  ///< that the server takes with one message
    std::uint64_t max_transfer = 0;     ///< bytes of data in one message, of either side
    std::uint64_t max_dma_maps = 0;
    std::uint64_t page_sizes = 0;  ///< for dma_map: the sizes, each a power of two, or'ed together
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
    /// Parts that `map` can map: within the region, page-aligned, not overlapping, by rising
    /// offset. Empty: every access is a request.
    std::vector<Range> mappable{};
    std::string not_mappable_because{};  ///< why `mappable` is empty, in words; else empty
    /// Regions beyond the nine of PCI tell what they are (linux/vfio.h, VFIO_REGION_INFO_CAP_TYPE).
    std::optional<std::uint32_t> type{};
    std::optional<std::uint32_t> subtype{};
};

/// The five kinds of interrupt of a PCI device, as linux/vfio.h numbers them.
enum class InterruptKind : std::uint32_t { intx, msi, msix, error, request };

struct InterruptInfo {
    std::uint32_t count = 0;     ///< vectors of this kind; 0: none
    bool eventfd = false;        ///< can signal an eventfd
    bool maskable = false;       ///< `mask` and `unmask` work
    bool automasked = false;     ///< masks itself as it fires: `unmask` after each
    bool not_resizable = false;  ///< all vectors have to be enabled at once
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

    /// Connects to the server that listens at `path`, and negotiates.
    /// Errors: not_found (no such file); removed (a socket that nobody listens on any more);
    /// invalid_argument (not a socket, or longer than the 107 bytes that a socket's path can
    /// have); permission_denied; busy (it serves another client); unsupported (it speaks another
    /// version); timed_out; protocol.
    [[nodiscard]] static Result<Client> connect(const std::string& path, Options options = {});

    /// The same on a connected stream socket, which the client owns from then on, also when this
    /// fails. `name` is what errors call the server.
    [[nodiscard]] static Result<Client> adopt(int socket, std::string name, Options options = {});

    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;
    /// Ends the connection. The server forgets this client's DMA memory and interrupts; what was
    /// mapped by `map` stays mapped until its own end.
    ~Client();

    /// What errors call the server: "vfio-user:/run/card.sock".
    [[nodiscard]] const std::string& name() const noexcept;
    [[nodiscard]] const Negotiated& negotiated() const noexcept;
    [[nodiscard]] const DeviceInfo& device() const noexcept;

    /// A descriptor to poll for POLLRDHUP, and for nothing else: it tells a program that waits for
    /// an interrupt that the server has gone. Owned by the client.
    [[nodiscard]] int hangup_descriptor() const noexcept;

    /// What region `index` is. The first call asks the server, later ones do not; the reference
    /// lives as long as the client. not_found where the device has no such index.
    [[nodiscard]] Result<const RegionDetails*> region(RegionIndex index) const;

    // Access by request. All check region, offset and length against `region` first:
    // not_found, out_of_range, unsupported (not readable, not writable).

    /// One access of `width` 1, 2, 4 or 8 bytes at an offset that is a multiple of it
    /// (invalid_argument, misaligned). One message each way; the server carries it out as one.
    [[nodiscard]] Result<std::uint64_t> read_width(RegionIndex region, std::uint64_t offset,
                                                   unsigned width) const;
    [[nodiscard]] Result<void> write_width(RegionIndex region, std::uint64_t offset, unsigned width,
                                           std::uint64_t value) const;

    /// `destination.size() / width` accesses of `width` bytes in rising order, many under way at
    /// once. invalid_argument where the size is no multiple of the width. Stops at the first
    /// error; what was read before it is in `destination`.
    [[nodiscard]] Result<void> read_elements(RegionIndex region, std::uint64_t offset,
                                             std::span<std::byte> destination,
                                             unsigned width) const;
    /// The same for writes, coalesced or pipelined as `write_batch` does.
    [[nodiscard]] Result<void> write_elements(RegionIndex region, std::uint64_t offset,
                                              std::span<const std::byte> source,
                                              unsigned width) const;

    /// Any number of bytes in as few messages as the server allows. In which widths the card
    /// sees them is the server's choice: for memory, not for registers.
    [[nodiscard]] Result<void> read(RegionIndex region, std::uint64_t offset,
                                    std::span<std::byte> destination) const;
    [[nodiscard]] Result<void> write(RegionIndex region, std::uint64_t offset,
                                     std::span<const std::byte> source) const;

    /// Sends one write and does not wait for it: the card takes it before any later request,
    /// whichever thread makes that. What the card or the server thinks of it is not told; only
    /// failure to send is an error. Waits where the socket is full.
    [[nodiscard]] Result<void> write_posted(RegionIndex region, std::uint64_t offset,
                                            unsigned width, std::uint64_t value) const;
    /// Returns once the server has carried out everything sent before.
    [[nodiscard]] Result<void> fence() const;

    /// Carries the writes out in order and returns when the last is done, with few messages:
    /// coalesced where the server agreed to `write_multiple`, else pipelined. All are checked
    /// before the first is sent. Where the server refuses one of a coalesced batch this tells;
    /// a pipelined one (but for the last) it cannot.
    [[nodiscard]] Result<void> write_batch(std::span<const RegionWrite> writes) const;

    /// Maps part of a region that lies within one element of its `mappable`; offset and length
    /// are multiples of the page size (misaligned) except for a length up to the region's end.
    /// Not `writable`: a store to it ends the program, also where the region can be written.
    /// Errors: unsupported (not mappable), out_of_range, protocol (the file behind it is too
    /// short), and those of mmap.
    [[nodiscard]] Result<MappedArea> map(RegionIndex region, Range range,
                                         bool writable = true) const;

    /// not_found where the device has no such kind.
    [[nodiscard]] Result<InterruptInfo> interrupt(InterruptKind kind) const;

    /// Lets vector `first + i` signal `eventfds[i]`, or nothing where that is -1. The caller
    /// keeps its descriptors. Split into as many messages as the server's limit of descriptors
    /// asks for; after an error the earlier part stays assigned.
    [[nodiscard]] Result<void> set_eventfds(InterruptKind kind, std::uint32_t first,
                                            std::span<const int> eventfds) const;
    /// Ends all vectors of the kind.
    [[nodiscard]] Result<void> disable_interrupts(InterruptKind kind) const;
    /// `count` vectors from `first`; with `selected` (of `count` elements) only those that are
    /// not 0 in it. `trigger` makes the server signal as if the card had.
    [[nodiscard]] Result<void> mask(InterruptKind kind, std::uint32_t first, std::uint32_t count,
                                    std::span<const std::uint8_t> selected = {}) const;
    [[nodiscard]] Result<void> unmask(InterruptKind kind, std::uint32_t first, std::uint32_t count,
                                      std::span<const std::uint8_t> selected = {}) const;
    [[nodiscard]] Result<void> trigger(InterruptKind kind, std::uint32_t first, std::uint32_t count,
                                       std::span<const std::uint8_t> selected = {}) const;

    /// Gives the device `memory` at the bus address `iova`. It must stay valid until `dma_unmap`
    /// or the client's end. With `descriptor` (borrowed for the call) the server may map the
    /// memory itself, `offset` bytes into that file; with -1 it asks for each transfer by
    /// message, and the client copies, which fails at the server and not here where the memory has
    /// gone meanwhile. Where the server takes no descriptors at all, none is sent.
    /// Errors: invalid_argument (empty); misaligned (iova, offset or size not multiples of the
    /// smallest page size agreed); out_of_range (wraps round); busy (overlaps another); and
    /// resource_exhausted (max_dma_maps).
    [[nodiscard]] Result<void> dma_map(std::uint64_t iova, std::span<std::byte> memory,
                                       DmaAccess access, int descriptor = -1,
                                       std::uint64_t offset = 0) const;
    /// Takes back exactly what one `dma_map` gave; not_found otherwise. Once this returns
    /// without error the server has let go of it.
    [[nodiscard]] Result<void> dma_unmap(std::uint64_t iova, std::uint64_t size) const;
    [[nodiscard]] Result<void> dma_unmap_all() const;

    /// unsupported where the device cannot be reset. What a reset leaves of interrupts and DMA
    /// memory is the server's choice; ours keeps both, as Linux VFIO does.
    [[nodiscard]] Result<void> reset() const;

private:
    explicit Client(std::unique_ptr<Implementation> implementation) noexcept;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace openbar::vfio_user
