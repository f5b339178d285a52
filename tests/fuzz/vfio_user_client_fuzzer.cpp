// The client against a hostile server: everything a client calls, answered by replies with
// damaged fields, wrong descriptors, and requests of the server's own in between.
//
// The server runs on a thread that answers each request as the input says; the client's calls
// are made in an order that the input says as well.
#include "openbar/vfio_user/client.hpp"

#include "tests/support/open_descriptors.hpp"
#include "vfio_user/capabilities.hpp"
#include "vfio_user_script.hpp"

#include <thread>

namespace {

using namespace openbar;
using namespace openbar::fuzz;
using namespace openbar::vfio_user;
using protocol::Command;

/// The reply that a well-behaved server would send.
std::vector<std::byte> reply_to(const protocol::Header& request, std::span<const std::byte> payload,
                                Input& input) {
    std::vector<std::byte> reply;
    append(reply, protocol::Header{
                      .id = request.id, .command = request.command, .flags = protocol::type_reply});
    protocol::RegionAccess access{};
    std::memcpy(&access, payload.data(), std::min(payload.size(), sizeof access));
    switch (request.command) {
        case Command::version:
            append(reply, protocol::Version{});
            for (const char c : to_version_data({.max_descriptors = 8,
                                .twin_socket = input.chance(60),
                                .twin_descriptor = 0,
                                .write_multiple = input.chance(128)})) {
                reply.push_back(static_cast<std::byte>(c));
            }
            break;
        case Command::device_get_info:
            append(reply, protocol::DeviceInfo{.flags = 3, .regions = 9, .irqs = 5});
            break;
        case Command::get_region_info: {
            protocol::RegionInfo wanted;
            std::memcpy(&wanted, payload.data(), std::min(payload.size(), sizeof wanted));
            const std::uint32_t areas = input.byte() % 3;
            append(reply, protocol::RegionInfo{.argsz = 48 + 16 * areas,
                                               .flags = 15,
                                               .index = wanted.index,
                                               .capabilities = 32,
                                               .size = 0x4000});
            append(reply, protocol::CapabilityHeader{1, 1, 0});
            append(reply, protocol::SparseMmap{areas, 0});
            for (std::uint64_t i = 0; i < areas; ++i) {
                append(reply, protocol::SparseArea{i * 0x2000, 0x1000});
            }
            break;
        }
        case Command::get_irq_info: {
            protocol::IrqInfo wanted;
            std::memcpy(&wanted, payload.data(), std::min(payload.size(), sizeof wanted));
            append(reply, protocol::IrqInfo{.flags = 7, .index = wanted.index, .count = 16});
            break;
        }
        case Command::region_read:
            append(reply, access);
            reply.resize(reply.size() + std::min(access.count, 0x4000U));
            break;
        case Command::region_write: append(reply, access); break;
        case Command::region_write_multi: append(reply, protocol::WriteMulti{access.offset}); break;
        case Command::dma_unmap: reply.insert(reply.end(), payload.begin(), payload.end()); break;
        default: break;
    }
    const auto size = static_cast<std::uint32_t>(reply.size());
    std::memcpy(reply.data() + offsetof(protocol::Header, size), &size, sizeof size);
    return reply;
}

/// A request for memory, right or wrong.
std::vector<std::byte> dma_request(Input& input) {
    std::vector<std::byte> message;
    const bool reading = input.chance(128);
    append(message, protocol::Header{.command = reading ? Command::dma_read : Command::dma_write,
                                     .size = reading ? 32U : 40U});
    append(message, protocol::DmaAccess{0x10000 + (input.byte() & 0x1f) * 256ULL,
                                        reading ? input.number() : 8});
    if (!reading) append(message, std::uint64_t{1});
    return message;
}

/// Serves until the other end is closed or the input is used up.
void serve(FileDescriptor socket, Input input, const Files& files) {
    std::vector<std::byte> arrived;
    std::array<std::byte, 65536> buffer;
    while (!input.empty()) {
        const ssize_t count = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
        if (count <= 0) return;
        arrived.insert(arrived.end(), buffer.begin(), buffer.begin() + count);
        protocol::Header header;
        while (arrived.size() >= sizeof header) {
            std::memcpy(&header, arrived.data(), sizeof header);
            if (header.size < sizeof header || arrived.size() < header.size) break;
            const auto payload =
                std::span<const std::byte>(arrived).subspan(sizeof header, header.size - 16);
            if (input.chance(60)) send(socket.get(), dma_request(input), {});
            const bool wanted =
                (header.flags & (protocol::type_mask | protocol::flag_no_reply)) == 0;
            if (wanted && !input.chance(3)) {
                auto reply = reply_to(header, payload, input);
                if (input.chance(60)) damage(input, reply);
                if (input.chance(5)) reply.resize(input.byte() % reply.size() + 1);
                const bool with_files =
                    header.command == Command::get_region_info || input.chance(30);
                send(socket.get(), reply, with_files ? files.choose(input) : std::vector<int>{});
            }
            arrived.erase(arrived.begin(), arrived.begin() + header.size);
        }
    }
}

void call(Client& client, Input& input, std::span<std::byte> memory, const Files& files) {
    const auto region = input.byte() % 10U;
    const auto offset = input.number();
    std::array<std::byte, 300> buffer{};
    const std::array<RegionWrite, 3> writes{{{region, 0, 4, 1}, {0, 8, 8, 2}, {0, 1, 1, 3}}};
    const auto kind = static_cast<InterruptKind>(input.byte() % 6);
    switch (input.byte() % 16) {
        case 0: (void)client.read_width(region, offset, 4); break;
        case 1: (void)client.write_width(region, offset, 2, 1); break;
        case 2: (void)client.read_elements(region, 0, std::span(buffer).first(64), 4); break;
        case 3: (void)client.write_elements(region, 0, std::span(buffer).first(64), 4); break;
        case 4: (void)client.read(region, offset, buffer); break;
        case 5: (void)client.write(region, offset, buffer); break;
        case 6: (void)client.write_posted(region, offset, 1, 1); break;
        case 7: (void)client.fence(); break;
        case 8: (void)client.write_batch(writes); break;
        case 9:
            if (auto area = client.map(region, {0, 0x1000})) {
                if (input.chance(40)) files.truncate();
                auto* bytes = reinterpret_cast<volatile unsigned char*>(area->memory().data());
                bytes[0] = bytes[0xfff];
                files.restore();
            }
            break;
        case 10: (void)client.interrupt(kind); break;
        case 11: {
            const std::array<int, 3> eventfds{-1, files.choose(input).empty() ? -1 : 2, 2};
            (void)client.set_eventfds(kind, input.byte() % 20, eventfds);
            break;
        }
        case 12: (void)client.unmask(kind, 0, 1); break;
        case 13: (void)client.dma_map(0x10000, memory, DmaAccess::read_write); break;
        case 14: (void)client.dma_unmap(0x10000, memory.size()); break;
        default: (void)client.reset(); break;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Files files;
    const std::size_t before = open_descriptors();
    alignas(4096) static std::array<std::byte, 0x2000> memory{};
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) std::abort();
    // The first third of the input is the client's, the rest the server's.
    std::thread server([&, far = FileDescriptor(ends[1])]() mutable {
        serve(std::move(far), Input(data + size / 3, size - size / 3), files);
    });
    {
        Input input(data, size / 3);
        auto client = Client::adopt(ends[0], "fuzz", {.timeout = std::chrono::milliseconds(10)});
        while (client && !input.empty()) call(*client, input, memory, files);
    }
    server.join();
    files.restore();
    if (open_descriptors() != before) std::abort();  // a descriptor has leaked
    return 0;
}
