#include "simulator/models/intel_82540em/receiver.hpp"

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

constexpr int descriptors_per_call = 1024;

constexpr std::size_t longest_standard = 1522;  // check sequence and tag included

constexpr std::uint8_t status_done = 1u << 0;
constexpr std::uint8_t status_end = 1u << 1;
constexpr std::uint8_t status_ignore_checksums = 1u << 2;
constexpr std::uint8_t status_tagged = 1u << 3;
constexpr std::uint8_t status_tcp_udp_checked = 1u << 5;
constexpr std::uint8_t status_ip_checked = 1u << 6;
constexpr std::uint8_t status_inexact = 1u << 7;
constexpr std::uint8_t error_tcp_udp = 1u << 5;
constexpr std::uint8_t error_ip = 1u << 6;
constexpr std::uint8_t error_data = 1u << 7;

// The bytes of a descriptor behind the buffer's address.
constexpr std::size_t status_offset = 12;

}  // namespace

Receiver::Receiver(Bus& bus, RegisterFile& registers, Interrupts& interrupts,
                   Statistics& statistics)
    : bus_(bus),
      registers_(registers),
      interrupts_(interrupts),
      statistics_(statistics),
      filter_(registers),
      ring_(registers, reg::rdbal),
      continuation_(bus, [this] { run(); }) {}

void Receiver::receive(std::span<const std::byte> frame) {
    if ((registers_[reg::rctl] & rctl::enable) == 0 || frame.size() < header_size) return;
    // Senders in software leave the padding to the hardware.
    std::vector<std::byte> bytes(frame.begin(), frame.end());
    if (bytes.size() < shortest_frame) bytes.resize(shortest_frame);
    const Match match = filter_.match(bytes);
    if (match == Match::none) return;
    if (too_long(bytes.size() + check_sequence_size)) return statistics_.count(stat::oversize);
    if (waiting_bytes_ + bytes.size() > buffer_capacity()) {
        statistics_.count(stat::missed);
        return interrupts_.raise(cause::rxo);
    }
    if (ring_.owned() == 0) statistics_.count(stat::no_buffers);
    waiting_.push_back(prepare(std::move(bytes), match));
    waiting_bytes_ += waiting_.back().bytes.size();
    run();
}

void Receiver::run() {
    if (continuation_.running()) return;
    for (int i = 0; i < descriptors_per_call; ++i) {
        if (waiting_.empty() || ring_.owned() == 0 || (registers_[reg::rctl] & rctl::enable) == 0)
            return;
        if (!store_part(waiting_.front())) {
            statistics_.count(stat::missed);
            return lose_front();
        }
        if (waiting_.front().stored < waiting_.front().bytes.size()) continue;
        finish(waiting_.front());
        lose_front();
    }
    continuation_.start_soon();
}

void Receiver::reset() {
    continuation_.stop();
    waiting_.clear();
    waiting_bytes_ = 0;
}

bool Receiver::too_long(std::size_t size) const {
    const bool long_allowed = (registers_[reg::rctl] & (rctl::long_packets | rctl::store_bad)) != 0;
    return size > (long_allowed ? Wire::longest_frame : longest_standard);
}

std::size_t Receiver::buffer_capacity() const {
    return std::size_t{registers_[reg::pba] & 0xffff} * 1024;
}

Receiver::Frame Receiver::prepare(std::vector<std::byte> bytes, Match match) const {
    Frame frame;
    frame.size_on_wire = bytes.size() + check_sequence_size;
    frame.bytes = std::move(bytes);
    if (match == Match::inexact) frame.status |= status_inexact;
    const std::size_t start = registers_[reg::rxcsum] & rxcsum::start;
    if (start < frame.bytes.size())
        frame.packet_checksum =
            static_cast<std::uint16_t>(~internet_sum(std::span(frame.bytes).subspan(start)));
    offload(frame);
    const std::uint32_t check_sequence = frame_check_sequence(frame.bytes);
    const bool tagged = get16(frame.bytes, tag_offset) == (registers_[reg::vet] & 0xffff);
    if (tagged && (registers_[reg::ctrl] & ctrl::vlan_mode) != 0) {
        frame.tag = get16(frame.bytes, tag_offset + 2);
        frame.status |= status_tagged;
        const auto tag = frame.bytes.begin() + tag_offset;
        frame.bytes.erase(tag, tag + tag_size);
    }
    if ((registers_[reg::rctl] & rctl::strip_fcs) == 0) {
        frame.bytes.resize(frame.bytes.size() + check_sequence_size);
        put32(frame.bytes, frame.bytes.size() - check_sequence_size, std::byteswap(check_sequence));
    }
    return frame;
}

// Checks the sums of IPv4 without fragments, TCP and UDP; says nothing about other frames.
void Receiver::offload(Frame& frame) const {
    const std::uint32_t wanted = registers_[reg::rxcsum];
    if ((wanted & (rxcsum::ip_offload | rxcsum::tcp_udp_offload)) == 0)
        frame.status |= status_ignore_checksums;
    const std::span<const std::byte> bytes = frame.bytes;
    const bool tagged = get16(bytes, tag_offset) == (registers_[reg::vet] & 0xffff);
    const std::size_t ip = header_size + (tagged ? tag_size : 0);
    const std::size_t ip_size = std::size_t{get8(bytes, ip)} % 16 * 4;
    const std::size_t total = get16(bytes, ip + 2);
    if (get16(bytes, ip - 2) != ethertype_ipv4 || get8(bytes, ip) / 16 != 4 || ip_size < 20 ||
        total < ip_size || ip + total > bytes.size())
        return;
    if ((wanted & rxcsum::ip_offload) != 0) {
        frame.status |= status_ip_checked;
        if (internet_sum(bytes.subspan(ip, ip_size)) != 0xffff) frame.errors |= error_ip;
    }
    const std::uint8_t protocol = get8(bytes, ip + 9);
    const bool fragment = (get16(bytes, ip + 6) & 0x3fff) != 0;
    const bool unchecked_udp = protocol == protocol_udp && get16(bytes, ip + ip_size + 6) == 0;
    if ((wanted & rxcsum::tcp_udp_offload) == 0 || fragment || unchecked_udp ||
        (protocol != protocol_tcp && protocol != protocol_udp))
        return;
    frame.status |= status_tcp_udp_checked;
    const auto length = static_cast<std::uint32_t>(total - ip_size);
    const std::uint32_t pseudo_header = internet_sum(bytes.subspan(ip + 12, 8), protocol + length);
    if (internet_sum(bytes.subspan(ip + ip_size, length), pseudo_header) != 0xffff)
        frame.errors |= error_tcp_udp;
}

bool Receiver::store_part(Frame& frame) {
    const std::uint64_t descriptor = ring_.head_address();
    std::uint64_t buffer = 0;
    if (!bus_.read(descriptor, std::as_writable_bytes(std::span(&buffer, 1)))) return false;
    // A descriptor without a buffer is padding: marked done, otherwise left as it is.
    if (buffer != 0) {
        const std::size_t size = std::min<std::size_t>(rctl::buffer_size(registers_[reg::rctl]),
                                                       frame.bytes.size() - frame.stored);
        const auto part = std::span<const std::byte>(frame.bytes).subspan(frame.stored, size);
        if (!bus_.write(buffer, part)) frame.errors |= error_data;
        frame.stored += size;
        const bool last = frame.stored == frame.bytes.size();
        const std::uint64_t result = size | (std::uint64_t{frame.packet_checksum} << 16) |
                                     (last ? std::uint64_t{frame.errors} << 40 : 0) |
                                     (std::uint64_t{frame.tag} << 48);
        if (!bus_.write(descriptor + 8, std::as_bytes(std::span(&result, 1)))) return false;
    }
    const bool last = frame.stored == frame.bytes.size();
    const auto status =
        static_cast<std::byte>(status_done | (last ? status_end | frame.status : 0));
    // Whoever sees the descriptor done must see the data too.
    std::atomic_thread_fence(std::memory_order_release);
    if (!bus_.write(descriptor + status_offset, std::span(&status, 1))) return false;
    ring_.advance();
    return true;
}

void Receiver::finish(const Frame& frame) {
    count(frame);
    interrupts_.frame_received();
    const std::uint32_t fraction = 2u << rctl::minimum_threshold(registers_[reg::rctl]);
    if (ring_.owned() <= ring_.size() / fraction) interrupts_.raise(cause::rxdmt0);
}

void Receiver::lose_front() {
    waiting_bytes_ -= waiting_.front().bytes.size();
    waiting_.pop_front();
}

void Receiver::count(const Frame& frame) {
    statistics_.count(stat::received);
    statistics_.count(stat::good_received);
    statistics_.add_octets(stat::octets_received, frame.size_on_wire);
    statistics_.add_octets(stat::good_octets_received, frame.size_on_wire);
    statistics_.count_size(stat::received_by_size, frame.size_on_wire);
    if (is_broadcast(frame.bytes))
        statistics_.count(stat::broadcast_received);
    else if (is_multicast(frame.bytes))
        statistics_.count(stat::multicast_received);
}

}  // namespace openbar::simulator::e1000
