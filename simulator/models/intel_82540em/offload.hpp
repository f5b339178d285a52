/// What the card does to a packet on its way out: checksums, and cutting it into segments.
///
///     auto context = Context::from(descriptor_words);
///     insert_checksum(frame, context.tcp_udp);
///     Segmenter segments(packet, context, options);
///     while (!segments.finished()) send(segments.next());
///
/// Facts: manual 317453, sections 3.3.6 (context descriptor) and 3.5 (segmentation). Every offset
/// comes from memory that a driver wrote: one that lies outside the packet changes nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace openbar::simulator::e1000 {

/// A checksum over the bytes from `start` to `end` (0: the last one), stored at `offset`, whose
/// former contents count.
struct ChecksumField {
    std::size_t start = 0;
    std::size_t offset = 0;
    std::size_t end = 0;
};

void insert_checksum(std::span<std::byte> frame, const ChecksumField& field);

/// What a context descriptor says, for the packets after it.
struct Context {
    ChecksumField ip;
    ChecksumField tcp_udp;
    std::size_t payload_size = 0;
    std::size_t header_size = 0;
    std::size_t segment_size = 0;
    bool is_tcp = false;
    bool is_ipv4 = false;

    static Context from(std::uint64_t first, std::uint64_t second);
};

struct OffloadOptions {
    bool ip_checksum = false;
    bool tcp_udp_checksum = false;
};

/// Cuts a packet (header, then payload) into frames that each repeat the header.
class Segmenter {
public:
    Segmenter() = default;
    Segmenter(std::vector<std::byte> packet, const Context& context, OffloadOptions options);

    /// Whether the context fits the packet; nothing is sent of one that it does not fit.
    [[nodiscard]] static bool fits(std::size_t packet_size, const Context& context);

    [[nodiscard]] bool finished() const { return sent_ >= payload_; }
    [[nodiscard]] std::vector<std::byte> next();

private:
    void correct_header(std::span<std::byte> frame, bool last) const;

    std::vector<std::byte> packet_;
    Context context_;
    OffloadOptions options_;
    std::size_t payload_ = 0;  // bytes
    std::size_t sent_ = 0;     // bytes of it
    std::uint32_t number_ = 0;
};

}  // namespace openbar::simulator::e1000
