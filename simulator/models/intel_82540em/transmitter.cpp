#include "simulator/models/intel_82540em/transmitter.hpp"

#include "simulator/models/intel_82540em/checksum.hpp"
#include "simulator/models/intel_82540em/frame.hpp"
#include "simulator/wire.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <utility>

namespace openbar::simulator::e1000 {
namespace {

// How much is done in one go, before others are served.
constexpr std::size_t slice = 256 * 1024;
constexpr std::size_t step_cost = 512;

constexpr std::size_t longest_segmented = 256 * 1024;

// The command byte, bits 31:24 of the descriptor's third word.
constexpr std::uint64_t command_end = 1ull << 24;
constexpr std::uint64_t command_insert_check_sequence = 1ull << 25;
constexpr std::uint64_t command_legacy_checksum = 1ull << 26;
constexpr std::uint64_t command_segment = 1ull << 26;
constexpr std::uint64_t command_report = 1ull << 27;
constexpr std::uint64_t command_extended = 1ull << 29;
constexpr std::uint64_t command_tag = 1ull << 30;
constexpr std::uint64_t command_delay = 1ull << 31;
constexpr std::uint64_t status_bits = 0xfull << 32;
constexpr std::uint64_t descriptor_done = 1ull << 32;
constexpr std::uint64_t option_ip_checksum = 1ull << 40;
constexpr std::uint64_t option_tcp_udp_checksum = 1ull << 41;

constexpr unsigned type_of(std::uint64_t second) {
    return (second >> 20) & 0xf;
}
constexpr unsigned type_context = 0;
constexpr unsigned type_data = 1;

static_assert(std::endian::native == std::endian::little,
              "descriptors are little endian and are copied as they are");

}  // namespace

Transmitter::Transmitter(Bus& bus, RegisterFile& registers, Interrupts& interrupts,
                         Statistics& statistics, Send send)
    : bus_(bus),
      registers_(registers),
      interrupts_(interrupts),
      statistics_(statistics),
      send_(std::move(send)),
      ring_(registers, reg::tdbal),
      continuation_(bus, [this] { run_slice(); }) {}

void Transmitter::run() {
    if (!continuation_.running()) run_slice();
}

void Transmitter::reset() {
    continuation_.stop();
    packet_ = {};
    segmenting_ = false;
    checksum_context_ = {};
    segmentation_context_ = {};
}

void Transmitter::run_slice() {
    // A frame that loops back can make the card's receiver run, never its transmitter again.
    if (std::exchange(running_, true)) return;
    work_ = 0;
    bool progressed = false;
    while (step()) {
        progressed = true;
        if (work_ >= slice) {
            continuation_.start_soon();
            break;
        }
    }
    running_ = false;
    if (progressed && !segmenting_ && ring_.owned() == 0) interrupts_.raise(cause::txqe);
}

bool Transmitter::step() {
    if ((registers_[reg::tctl] & tctl::enable) == 0) return false;
    work_ += step_cost;
    if (segmenting_) {
        send_segment();
        return true;
    }
    if (ring_.owned() == 0 || !fetch()) return false;
    process();
    return true;
}

bool Transmitter::fetch() {
    std::array<std::byte, Ring::descriptor_size> bytes;
    if (!bus_.read(ring_.head_address(), bytes)) return false;
    std::memcpy(&descriptor_.first, bytes.data(), 8);
    std::memcpy(&descriptor_.second, bytes.data() + 8, 8);
    return true;
}

void Transmitter::process() {
    const bool extended = (descriptor_.second & command_extended) != 0;
    const unsigned type = type_of(descriptor_.second);
    if (extended && type == type_context)
        take_context();
    else if (!extended || type == type_data)
        take_data(!extended);
    const bool carries_data = !extended || type == type_data;
    if (carries_data && (descriptor_.second & command_end) != 0) end_packet();
    if (!segmenting_) finish_descriptor();
}

void Transmitter::take_context() {
    const Context context = Context::from(descriptor_.first, descriptor_.second);
    // The card keeps one context of each kind.
    ((descriptor_.second & command_segment) != 0 ? segmentation_context_ : checksum_context_) =
        context;
}

void Transmitter::take_data(bool legacy) {
    const std::uint64_t second = descriptor_.second;
    if (!std::exchange(packet_.started, true) && !legacy) {
        packet_.segmented = (second & command_segment) != 0;
        packet_.offload = {.ip_checksum = (second & option_ip_checksum) != 0,
                           .tcp_udp_checksum = (second & option_tcp_udp_checksum) != 0};
    }
    if ((second & command_tag) != 0 && (registers_[reg::ctrl] & ctrl::vlan_mode) != 0) {
        packet_.tag = static_cast<std::uint16_t>(second >> 48);
    }
    if ((second & command_end) != 0) {
        packet_.own_check_sequence = (second & command_insert_check_sequence) == 0;
        if (legacy && (second & command_legacy_checksum) != 0)
            packet_.legacy = {.start = (second >> 40) & 0xff, .offset = (second >> 16) & 0xff};
    }
    const std::size_t size = second & (legacy ? 0xffff : 0xfffff);
    append(descriptor_.first, size, packet_.segmented ? longest_segmented : Wire::longest_frame);
}

void Transmitter::append(std::uint64_t address, std::size_t size, std::size_t limit) {
    std::vector<std::byte>& bytes = packet_.bytes;
    if (packet_.broken || size > limit - bytes.size()) {
        packet_.broken = true;
        bytes.clear();
        return;
    }
    if (size == 0) return;
    work_ += size;
    const std::size_t before = bytes.size();
    bytes.resize(before + size);
    if (!bus_.read(address, std::span(bytes).subspan(before))) packet_.broken = true;
}

void Transmitter::end_packet() {
    if (packet_.segmented) return start_segments();
    if (!packet_.broken) send_whole();
    packet_ = {};
}

void Transmitter::send_whole() {
    std::vector<std::byte>& bytes = packet_.bytes;
    if (packet_.own_check_sequence) {
        const std::size_t size = bytes.size() - std::min(bytes.size(), check_sequence_size);
        const std::uint32_t right = frame_check_sequence(std::span(bytes).first(size));
        if (get32(bytes, size) != std::byteswap(right)) return;
        bytes.resize(size);
    }
    if (packet_.offload.tcp_udp_checksum) insert_checksum(bytes, checksum_context_.tcp_udp);
    if (packet_.offload.ip_checksum) insert_checksum(bytes, checksum_context_.ip);
    if (packet_.legacy.offset != 0) insert_checksum(bytes, packet_.legacy);
    transmit(bytes);
}

void Transmitter::start_segments() {
    if (packet_.broken || !Segmenter::fits(packet_.bytes.size(), segmentation_context_)) {
        statistics_.count(stat::segmentation_failed);
        packet_ = {};
        return;
    }
    segmenter_ = Segmenter(std::move(packet_.bytes), segmentation_context_, packet_.offload);
    segmenting_ = true;
}

void Transmitter::send_segment() {
    std::vector<std::byte> frame = segmenter_.next();
    work_ += frame.size();
    transmit(frame);
    if (!segmenter_.finished()) return;
    statistics_.count(stat::segmented);
    segmenting_ = false;
    packet_ = {};
    finish_descriptor();
}

void Transmitter::finish_descriptor() {
    const std::uint64_t second = descriptor_.second;
    if ((second & command_report) != 0) {
        const auto status =
            static_cast<std::byte>(((second & ~status_bits) | descriptor_done) >> 32 & 0xff);
        // Whatever the card wrote before must be seen by whoever sees this bit.
        std::atomic_thread_fence(std::memory_order_release);
        const bool written = bus_.write(ring_.head_address() + 12, std::span(&status, 1));
        ring_.advance();
        if (written) interrupts_.descriptor_done((second & command_delay) != 0);
        return;
    }
    ring_.advance();
}

void Transmitter::transmit(std::vector<std::byte>& frame) {
    if (frame.size() < header_size) return;
    if (packet_.tag && frame.size() + tag_size <= Wire::longest_frame) {
        std::array<std::byte, tag_size> tag;
        put16(tag, 0, registers_[reg::vet]);
        put16(tag, 2, *packet_.tag);
        frame.insert(frame.begin() + tag_offset, tag.begin(), tag.end());
    }
    if (frame.size() < shortest_frame && (registers_[reg::tctl] & tctl::pad_short_packets) != 0)
        frame.resize(shortest_frame);
    count(frame);
    send_(frame);
}

void Transmitter::count(std::span<const std::byte> frame) {
    const std::size_t size = frame.size() + check_sequence_size;
    statistics_.count(stat::sent);
    statistics_.count(stat::good_sent);
    statistics_.add_octets(stat::octets_sent, size);
    statistics_.add_octets(stat::good_octets_sent, size);
    statistics_.count_size(stat::sent_by_size, size);
    if (is_broadcast(frame))
        statistics_.count(stat::broadcast_sent);
    else if (is_multicast(frame))
        statistics_.count(stat::multicast_sent);
}

}  // namespace openbar::simulator::e1000
