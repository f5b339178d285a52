#include "simulator/models/intel_82540em/offload.hpp"

#include "simulator/models/intel_82540em/checksum.hpp"
#include "simulator/models/intel_82540em/frame.hpp"
#include "simulator/wire.hpp"

#include <algorithm>
#include <utility>

namespace openbar::simulator::e1000 {
namespace {

constexpr std::uint8_t tcp_push_and_finish = 0x09;
constexpr std::size_t ipv6_header = 40;

std::size_t bits(std::uint64_t word, unsigned low, unsigned count) {
    return static_cast<std::size_t>((word >> low) & ((std::uint64_t{1} << count) - 1));
}

}  // namespace

void insert_checksum(std::span<std::byte> frame, const ChecksumField& field) {
    const std::size_t end = field.end == 0 ? frame.size() : std::min(frame.size(), field.end + 1);
    if (field.start >= end || field.offset + 2 > frame.size()) return;
    const auto sum =
        static_cast<std::uint16_t>(~internet_sum(frame.subspan(field.start, end - field.start)));
    // In UDP a checksum of 0 means that there is none; all ones is the same number.
    put16(frame, field.offset, sum == 0 ? 0xffff : sum);
}

Context Context::from(std::uint64_t first, std::uint64_t second) {
    Context context;
    context.ip = {bits(first, 0, 8), bits(first, 8, 8), bits(first, 16, 16)};
    context.tcp_udp = {bits(first, 32, 8), bits(first, 40, 8), bits(first, 48, 16)};
    context.payload_size = bits(second, 0, 20);
    context.is_tcp = bits(second, 24, 1) != 0;
    context.is_ipv4 = bits(second, 25, 1) != 0;
    context.header_size = bits(second, 40, 8);
    context.segment_size = bits(second, 48, 16);
    return context;
}

Segmenter::Segmenter(std::vector<std::byte> packet, const Context& context, OffloadOptions options)
    : packet_(std::move(packet)),
      context_(context),
      options_(options),
      payload_(packet_.size() - context.header_size) {}

bool Segmenter::fits(std::size_t packet_size, const Context& context) {
    return context.segment_size != 0 && context.header_size >= e1000::header_size &&
           context.payload_size != 0 && packet_size == context.header_size + context.payload_size &&
           context.header_size + context.segment_size + tag_size <= Wire::longest_frame;
}

std::vector<std::byte> Segmenter::next() {
    const std::size_t size = std::min(context_.segment_size, payload_ - sent_);
    const auto header = packet_.begin();
    const auto payload = header + static_cast<std::ptrdiff_t>(context_.header_size + sent_);
    std::vector<std::byte> frame(header,
                                 header + static_cast<std::ptrdiff_t>(context_.header_size));
    frame.insert(frame.end(), payload, payload + static_cast<std::ptrdiff_t>(size));
    correct_header(frame, sent_ + size >= payload_);
    sent_ += size;
    ++number_;
    return frame;
}

void Segmenter::correct_header(std::span<std::byte> frame, bool last) const {
    const std::size_t ip = context_.ip.start;
    const std::size_t transport = context_.tcp_udp.start;
    const auto behind = [&](std::size_t start) {
        return static_cast<std::uint32_t>(start < frame.size() ? frame.size() - start : 0);
    };
    if (context_.is_ipv4) {
        put16(frame, ip + 2, behind(ip));
        put16(frame, ip + 4, get16(frame, ip + 4) + number_);
    } else {
        put16(frame, ip + 4, behind(ip + ipv6_header));
    }
    if (context_.is_tcp) {
        put32(frame, transport + 4,
              get32(frame, transport + 4) + static_cast<std::uint32_t>(sent_));
        if (!last) put8(frame, transport + 13, get8(frame, transport + 13) & ~tcp_push_and_finish);
    } else {
        put16(frame, transport + 4, behind(transport));
    }
    if (options_.tcp_udp_checksum) {
        // The driver left the sum of the pseudo header without the length, which it cannot know.
        const std::uint32_t seed = get16(frame, context_.tcp_udp.offset);
        put16(frame, context_.tcp_udp.offset, internet_sum({}, seed + behind(transport)));
        insert_checksum(frame, context_.tcp_udp);
    }
    if (options_.ip_checksum) insert_checksum(frame, context_.ip);
}

}  // namespace openbar::simulator::e1000
