// The server against a hostile client: sessions of nearly valid requests with damaged fields,
// descriptors of every kind, pieces of messages, and answers to the server's own requests.
#include "simulator/host/card.hpp"
#include "simulator/vfio_user/session.hpp"
#include "tests/support/open_descriptors.hpp"
#include "tests/unit/vfio_user/test_card.hpp"
#include "vfio_user_script.hpp"

namespace {

using namespace openbar;
using namespace openbar::fuzz;
using simulator::Card;
using simulator::vfio_user::Session;
namespace protocol = vfio_user::protocol;
using protocol::Command;

std::vector<std::byte> version_message(Input& input) {
    constexpr std::array<const char*, 5> texts{
        "", "{}", R"({"capabilities":{"max_msg_fds":8,"twin_socket":{"supported":true}}})",
        R"({"capabilities":{"max_data_xfer_size":64,"write_multiple":true}})",
        R"({"capabilities":{"pgsizes":4096,"max_dma_maps":9}})"};
    std::vector<std::byte> message;
    append(message, protocol::Header{.command = Command::version});
    append(message, protocol::Version{});
    const char* text = texts[input.byte() % texts.size()];
    if (*text != 0) {
        const auto bytes = std::as_bytes(std::span(text, std::strlen(text) + 1));
        message.insert(message.end(), bytes.begin(), bytes.end());
    }
    if (input.chance(30)) {
        const auto extra = input.bytes(input.byte());
        message.insert(message.end(), extra.begin(), extra.end());
    }
    return message;
}

/// A request that a well-behaved client might send.
std::vector<std::byte> request(Input& input) {
    constexpr std::array commands{
        Command::dma_map,         Command::dma_unmap,    Command::device_get_info,
        Command::get_region_info, Command::get_irq_info, Command::set_irqs,
        Command::region_read,     Command::region_write, Command::region_write,
        Command::region_write,    Command::device_reset, Command::region_write_multi,
        Command::dma_read,        Command::dma_write,    Command::version};
    const auto command = commands[input.byte() % commands.size()];
    std::vector<std::byte> message;
    append(message, protocol::Header{.id = 7,
                                     .command = command,
                                     .flags = input.chance(20) ? protocol::flag_no_reply : 0});
    const std::uint32_t region = std::array{0U, 2U, 7U, 0U}[input.byte() % 4];
    switch (command) {
        case Command::dma_map:
            append(message,
                   protocol::DmaMap{
                       .flags = 3, .address = (input.byte() % 4) * 0x1000ULL, .size = 0x1000});
            break;
        case Command::dma_unmap:
            append(message,
                   protocol::DmaUnmap{.address = (input.byte() % 4) * 0x1000ULL, .size = 0x1000});
            break;
        case Command::device_get_info: append(message, protocol::DeviceInfo{}); break;
        case Command::get_region_info:
            append(message, protocol::RegionInfo{.argsz = 256, .index = region});
            break;
        case Command::get_irq_info: append(message, protocol::IrqInfo{.index = 1}); break;
        case Command::set_irqs:
            append(message, protocol::IrqSet{
                                .flags = (1U << (input.byte() % 3)) | (8U << (input.byte() % 3)),
                                .index = input.byte() % 5U,
                                .start = input.byte() % 17U,
                                .count = input.byte() % 17U});
            break;
        case Command::region_read:
            append(message, protocol::RegionAccess{input.byte() * 4ULL, region, 4});
            break;
        case Command::region_write: {
            // The registers of the card that make it do something.
            constexpr std::array<std::uint64_t, 8> offsets{8,    0x20, 0x24, 0x28,
                                                           0x30, 0x38, 0x40, 4};
            append(message, protocol::RegionAccess{offsets[input.byte() % 8], region, 8});
            append(message, input.number());
            break;
        }
        case Command::region_write_multi: {
            const std::uint64_t count = input.byte() % 4;
            append(message, protocol::WriteMulti{count});
            for (std::uint64_t i = 0; i < count; ++i) {
                append(message, protocol::SingleWrite{input.byte() * 4ULL, region, 4, i});
            }
            break;
        }
        default: break;
    }
    return message;
}

/// Answers to DMA_READ and DMA_WRITE, sent before they are asked for: the numbers are guessed.
std::vector<std::byte> answer(Input& input) {
    std::vector<std::byte> message;
    const auto count = input.number() & 0xfff;
    append(message, protocol::Header{.id = static_cast<std::uint16_t>(input.byte() % 8),
                                     .command = Command::dma_read,
                                     .flags = protocol::type_reply});
    append(message, protocol::DmaAccess{(input.byte() % 4) * 0x1000ULL, count});
    message.resize(message.size() + count);
    return message;
}

void finish(std::vector<std::byte>& message) {
    const auto size = static_cast<std::uint32_t>(message.size());
    std::memcpy(message.data() + offsetof(protocol::Header, size), &size, sizeof size);
}

void run(Input& input, const Files& files) {
    auto card = Card::create(std::make_unique<simulator::testing::TestCard>(),
                             [](const simulator::TraceEvent& event) { (void)to_string(event); });
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) std::abort();
    const FileDescriptor client(ends[1]);
    constexpr std::chrono::milliseconds no_time{0};
    constexpr std::chrono::milliseconds long_time{100000};
    Session session(**card, FileDescriptor(ends[0]), {long_time, long_time, no_time});

    auto hello = version_message(input);
    if (input.chance(30)) damage(input, hello);
    if (!input.chance(20)) finish(hello);
    send(client.get(), hello, {});
    while (!input.empty() && session.step(true) != Session::State::over) {
        auto message = input.chance(30) ? answer(input) : request(input);
        finish(message);
        if (input.chance(128)) damage(input, message);
        if (input.chance(10)) message.resize(input.byte() % message.size() + 1);
        send(client.get(), message, input.chance(100) ? files.choose(input) : std::vector<int>{});
        if (input.chance(5)) files.truncate();
        if (input.chance(200)) {
            std::array<std::byte, 65536> sink;
            (void)!::recv(client.get(), sink.data(), sink.size(), MSG_DONTWAIT);
        }
        (*card)->run_due_actions();
    }
    (void)session.step(true);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Files files;
    const std::size_t before = open_descriptors();
    Input input(data, size);
    run(input, files);
    files.restore();
    if (open_descriptors() != before) std::abort();  // a descriptor has leaked
    return 0;
}
