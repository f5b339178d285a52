#include "tests/soak/client.hpp"

#include "openbar/openbar.hpp"

#include "examples/registers/edu_dma.hpp"
#include "tests/soak/held.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <random>
#include <thread>
#include <variant>
#include <vector>

namespace openbar::soak {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_of_each = 6;
constexpr std::size_t largest_buffer = 32 * 1024;

/// The last client may have died only just now.
Result<Device> open_patiently(const std::string& address) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    for (;;) {
        auto device = Device::open(address);
        if (device || device.error().code != ErrorCode::busy ||
            std::chrono::steady_clock::now() > deadline)
            return device;
        std::this_thread::sleep_for(5ms);
    }
}

struct Buffer {
    DmaBuffer memory;
    std::vector<std::byte> expected;
};

struct Pin {
    PinnedMemory memory;
    std::size_t offset = 0;  ///< in the arena
    bool writable = true;    ///< by the device
};

using Place = std::variant<Buffer*, Pin*>;

/// A run of bytes that the device can be asked for at once.
struct Part {
    std::size_t offset = 0;
    std::size_t size = 0;
};

class Client {
public:
    Client(const Device& device, const Arena& arena, std::uint64_t seed)
        : device_(device), arena_(arena), engine_(*device.region(edu::bar)), random_(seed) {}

    /// The complaint, or nothing.
    std::optional<std::string> work(std::uint64_t transfers) {
        for (std::uint64_t made = 0; made < transfers;) {
            std::optional<std::string> wrong;
            switch (below(20)) {
                case 0:
                case 1: wrong = allocate(); break;
                case 2: drop(buffers_); break;
                case 3:
                case 4: wrong = pin(); break;
                case 5: drop(pins_); break;
                default:
                    if (buffers_.empty()) wrong = allocate();
                    if (!wrong) wrong = transfer();
                    made += 2;
            }
            if (wrong) return wrong;
        }
        return all_buffers();
    }

private:
    std::size_t below(std::size_t end) {
        return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
    }

    template <typename Owner>
    void drop(std::vector<Owner>& owners) {
        if (owners.empty()) return;
        std::swap(owners[below(owners.size())], owners.back());
        owners.pop_back();
    }

    std::optional<std::string> allocate() {
        if (buffers_.size() >= most_of_each) drop(buffers_);
        const std::size_t size = 1 + below(largest_buffer);
        auto buffer = device_.allocate_dma(size, {.alignment = std::uint64_t{1} << below(18),
                                                  .highest_address = edu::DmaEngine::reach,
                                                  .contiguous = below(2) == 0});
        if (!buffer) return buffer.error().message();
        if (std::ranges::any_of(buffer->span(), [](std::byte byte) { return byte != std::byte{}; }))
            return "a new buffer is not zeroed: something has written to it";
        ++arena_.record().buffers;
        buffers_.push_back({std::move(*buffer), std::vector<std::byte>(size)});
        return std::nullopt;
    }

    std::optional<std::string> pin() {
        if (pins_.size() >= most_of_each) drop(pins_);
        const std::size_t offset = below(arena_.memory().size() - 1);
        const std::size_t size =
            1 + below(std::min<std::size_t>(arena_.memory().size() - offset, 40'000));
        // Without an IOMMU nothing keeps the device from writing.
        const bool writable = below(8) != 0 || device_.info().backend == BackendKind::uio;
        const auto part = arena_.memory().subspan(offset, size);
        const PinOptions options{.highest_address = edu::DmaEngine::reach};
        auto pinned = writable ? device_.pin(part, options) : device_.pin_read_only(part, options);
        if (!pinned) return pinned.error().message();
        ++arena_.record().pins;
        pins_.push_back({std::move(*pinned), offset, writable});
        return std::nullopt;
    }

    Place choose() {
        const std::size_t number = below(buffers_.size() + pins_.size());
        if (number < buffers_.size()) return &buffers_[number];
        return &pins_[number - buffers_.size()];
    }

    static const DmaMemory& memory_of(const Place& place) {
        return std::visit([](auto* owner) -> const DmaMemory& { return owner->memory; }, place);
    }

    /// Of `size` bytes at most, within one segment.
    Part choose_part(const DmaMemory& memory, std::size_t size) {
        const std::size_t offset = below(memory.size());
        std::size_t end = 0;
        for (const DmaSegment& segment : memory.segments())
            if (end <= offset) end += static_cast<std::size_t>(segment.size);
        return {offset, std::min(size, end - offset)};
    }

    /// The device reads a part of one memory, and writes it to another.
    std::optional<std::string> transfer() {
        const Place source = choose();
        const Place target = choose();
        Part from = choose_part(memory_of(source), 1 + below(edu::DmaEngine::capacity));
        const Part to = choose_part(memory_of(target), from.size);
        from.size = to.size;
        const std::size_t inside = below(edu::DmaEngine::capacity - to.size + 1);
        if (Buffer* const* buffer = std::get_if<Buffer*>(&source)) refill(**buffer, from);
        const auto bytes = memory_of(source).span().subspan(from.offset, from.size);
        const std::vector<std::byte> coming(bytes.begin(), bytes.end());

        if (auto read = engine_.read_memory(memory_of(source), from.offset, from.size, inside);
            !read)
            return read.error().message();
        auto wrong =
            std::visit([&](auto* owner) { return write(*owner, to, inside, coming); }, target);
        if (wrong)
            return fmt::format("{} ({} bytes from {} to {} of {} bytes)", *wrong, to.size,
                               from.offset, to.offset, memory_of(target).size());
        arena_.record().transfers += 2;
        arena_.record().bytes += 2 * to.size;
        return below(16) == 0 ? all_buffers() : std::nullopt;
    }

    void refill(Buffer& buffer, Part part) {
        for (std::size_t at = part.offset; at < part.offset + part.size; ++at)
            buffer.expected[at] = buffer.memory.span()[at] =
                static_cast<std::byte>(random_() >> 24U);
    }

    std::optional<std::string> write(Buffer& buffer, Part to, std::size_t inside,
                                     std::span<const std::byte> coming) {
        std::ranges::copy(coming, buffer.expected.begin() + static_cast<std::ptrdiff_t>(to.offset));
        if (auto done = engine_.write_memory(buffer.memory, to.offset, to.size, inside); !done)
            return done.error().message();
        return check(buffer);
    }

    std::optional<std::string> write(Pin& pin, Part to, std::size_t inside,
                                     std::span<const std::byte> coming) {
        const auto before = pin.memory.span().subspan(to.offset, to.size);
        const std::vector<std::byte> unchanged(before.begin(), before.end());
        arena_.announce(pin.offset + to.offset, pin.writable ? coming : unchanged);
        if (auto done = engine_.write_memory(pin.memory, to.offset, to.size, inside); !done)
            return done.error().message();
        if (!arena_.holds_what_it_should())
            return pin.writable ? "pinned memory, or memory beside it, has wrong bytes"
                                : "memory pinned for reading was written";
        arena_.settle();
        return std::nullopt;
    }

    static std::optional<std::string> check(const Buffer& buffer) {
        if (std::memcmp(buffer.memory.span().data(), buffer.expected.data(),
                        buffer.expected.size()) == 0)
            return std::nullopt;
        return "a buffer has wrong bytes";
    }

    std::optional<std::string> all_buffers() const {
        for (const Buffer& buffer : buffers_)
            if (auto wrong = check(buffer)) return *wrong + ", which no transfer meant";
        return std::nullopt;
    }

    const Device& device_;
    const Arena& arena_;
    edu::DmaEngine engine_;
    std::mt19937 random_;
    std::vector<Buffer> buffers_;
    std::vector<Pin> pins_;
};

std::optional<std::string> work(const std::string& address, const Arena& arena, std::uint64_t seed,
                                std::uint64_t transfers) {
    const auto device = open_patiently(address);
    if (!device) return device.error().message();
    arena.record().kernel_pins = device->info().backend == BackendKind::vfio;
    // The transfer of one that was killed goes on inside a card that cannot be reset. It must end
    // before the card may reach memory again, which now is this client's.
    if (auto idle = edu::DmaEngine(*device->region(edu::bar)).wait(); !idle)
        return idle.error().message();
    if (auto mastering = device->set_bus_master(true); !mastering)
        return mastering.error().message();
    // The first memory may start something that stays until the device is closed.
    if (auto first = device->allocate_dma(1); !first) return first.error().message();
    const Held before = held_by_this_process();
    if (auto wrong = Client(*device, arena, seed).work(transfers)) return wrong;
    if (const Held after = held_by_this_process(); after != before)
        return "after all memory was given back: " + difference(before, after);
    return std::nullopt;
}

}  // namespace

bool run_client(const std::string& address, const Arena& arena, std::uint64_t seed,
                std::uint64_t transfers) {
    const Held before = held_by_this_process();
    auto wrong = work(address, arena, seed, transfers);
    if (!wrong)
        if (const Held after = held_by_this_process(); after != before)
            wrong = "after the device was closed: " + difference(before, after);
    if (wrong) arena.complain(*wrong);
    return !wrong;
}

}  // namespace openbar::soak
