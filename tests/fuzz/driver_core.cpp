// libFuzzer over whole sessions of requests to the driver's core: from several handles and
// processes, with any bytes, late, cancelled, while kernel calls fail, the device sleeps, is
// moved or removed. Nothing may be left at the end, no rule of the kernel be broken.
//
// The input is a list of commands, one byte each followed by what it needs; see `play`.
#include "tests/unit/driver_core/machine.hpp"

#include <array>
#include <cstring>
#include <list>

namespace openbar::driver::test {
namespace {

constexpr std::uint32_t codes[] = {
    OPENBAR_IOCTL_NEGOTIATE,     OPENBAR_IOCTL_DESCRIBE,    OPENBAR_IOCTL_COUNTERS,
    OPENBAR_IOCTL_MAP,           OPENBAR_IOCTL_UNMAP,       OPENBAR_IOCTL_PROGRAM,
    OPENBAR_IOCTL_ENABLE_VECTOR, OPENBAR_IOCTL_MASK_VECTOR, OPENBAR_IOCTL_UNMASK_VECTOR,
    OPENBAR_IOCTL_ALLOCATE_DMA,  OPENBAR_IOCTL_PIN_MEMORY,  OPENBAR_IOCTL_DMA_SEGMENTS,
    OPENBAR_IOCTL_FREE_DMA,      OPENBAR_IOCTL_BUS_MASTER,  OPENBAR_IOCTL_RESET,
    OPENBAR_IOCTL_AWAKE,         OPENBAR_IOCTL_CLAIM,       OPENBAR_IOCTL_DISABLE_VECTOR,
};

class Bytes {
public:
    Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
    [[nodiscard]] bool empty() const { return size_ == 0; }
    std::uint8_t byte() {
        if (size_ == 0) return 0;
        --size_;
        return *data_++;
    }
    std::uint32_t word() { return byte() | byte() << 8 | byte() << 16; }
    void take(std::uint8_t* to, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) to[i] = byte();
    }

private:
    const std::uint8_t* data_;
    std::size_t size_;
};

class Play {
public:
    explicit Play(Bytes& bytes)
        : bytes_(bytes), options_(bytes.byte()), machine_(machine_options(options_)) {
        if ((options_ & 32) != 0) machine_.card.add_express(0x80);
        if ((options_ & 64) != 0) machine_.card.add_msix(0x40, 8, 0, 0x3000);
        if ((options_ & 128) != 0) machine_.kernel.kernel_facts.max_user_view = 0x4000;
        (void)machine_.start();
    }

    void run() {
        while (!bytes_.empty()) command(bytes_.byte());
        for (Entry& entry : handles_) entry.handle.close(&machine_.system);
        for (Irp* irp : waits_)
            if (irp->completions != 1) __builtin_trap();
    }

private:
    struct Entry {
        explicit Entry(Machine& machine, StandInProcess& owner) : handle(machine, &owner) {}
        Handle handle;
    };

    static MachineOptions machine_options(std::uint8_t flags) {
        return {.dma_policy = flags & 3u,
                .messages = (flags & 4) != 0 ? 4u : 0u,
                .prefetchable = (flags & 8) != 0,
                .bar_size = (flags & 16) != 0 ? std::uint64_t{64} << 20 : 64 * 1024,
                .start = false};
    }

    StandInProcess& process(std::uint8_t which) {
        StandInProcess& wanted = which % 2 == 0 ? machine_.user : machine_.other;
        return wanted.ended ? machine_.system : wanted;
    }

    Entry* pick() {
        if (handles_.empty()) return nullptr;
        auto entry = handles_.begin();
        std::advance(entry, bytes_.byte() % handles_.size());
        return entry->handle.is_open() ? &*entry : nullptr;
    }

    // Random bytes behind a header that is right, so that the request gets past it, and with the
    // ids of what there is put where ids go.
    void request(Handle& handle) {
        const std::uint32_t code = codes[bytes_.byte() % std::size(codes)];
        const std::uint32_t length = bytes_.byte();
        const std::uint32_t room = code == OPENBAR_IOCTL_PROGRAM ? 2100u : bytes_.byte() * 8u;
        std::vector<std::uint8_t> input(length);
        bytes_.take(input.data(), length);
        if (length >= sizeof(openbar_header) && (input[4] & 0x80) == 0) {
            openbar_header header{};
            openbar_prepare(&header, length);
            std::memcpy(input.data(), &header, sizeof header);
        }
        if (length >= 16 && input[8] == 0xee && !objects_.empty()) {
            const std::uint64_t id = objects_[input[9] % objects_.size()];
            std::memcpy(input.data() + 8, &id, sizeof id);
        }
        const Answer answer = handle.send(code, input.data(), length, room);
        std::uint64_t id = 0;
        const std::size_t at = code == OPENBAR_IOCTL_ENABLE_VECTOR ? 8 : 0;
        if (answer.bytes.size() < at + sizeof id) return;
        std::memcpy(&id, answer.bytes.data() + at, sizeof id);
        objects_.push_back(id);
    }

    void bulk(Handle& handle) {
        std::vector<std::uint8_t> data(bytes_.word() % 5000);
        openbar_bulk in{};
        in.region = bytes_.byte() % 10;
        in.width = bytes_.byte();
        in.flags = bytes_.byte() % 3;
        in.offset = bytes_.word();
        (void)handle.bulk(bytes_.byte() % 2 == 0, in, data);
    }

    void wait(Handle& handle) {
        const std::uint64_t id = objects_.empty() ? 1 : objects_[bytes_.byte() % objects_.size()];
        waits_.push_back(&handle.wait(id, bytes_.byte() % 4, bytes_.byte() % 3));
    }

    void command(std::uint8_t what) {
        Device& device = *machine_.device;
        switch (what % 20) {
            case 0: handles_.emplace_back(machine_, process(bytes_.byte())); break;
            case 1:
                if (Entry* entry = pick()) entry->handle.cleanup(&process(bytes_.byte()));
                break;
            case 2:
                if (Entry* entry = pick()) entry->handle.sender = &process(bytes_.byte());
                break;
            case 3:
            case 4:
            case 5:
            case 6:
            case 7:
            case 8:
                if (Entry* entry = pick())
                    if (!entry->handle.sender->ended) request(entry->handle);
                break;
            case 9:
                if (Entry* entry = pick())
                    if (!entry->handle.sender->ended) bulk(entry->handle);
                break;
            case 10:
            case 11:
                if (Entry* entry = pick())
                    if (!entry->handle.sender->ended) wait(entry->handle);
                break;
            case 12:
                if (!waits_.empty()) machine_.kernel.cancel(*waits_[bytes_.byte() % waits_.size()]);
                break;
            case 13:
                machine_.card.set_configuration(0x06, 1, bytes_.byte());
                machine_.kernel.fire(bytes_.byte() % 5);
                break;
            case 14: device.power_down(); break;
            case 15: device.power_up(); break;
            case 16:
                if (device.query_stop() != Status::ok && bytes_.byte() % 2 == 0) break;
                device.stop();
                (void)machine_.start();
                break;
            case 17: machine_.kernel.fail_call = machine_.kernel.calls + bytes_.byte(); break;
            case 18:
                if (bytes_.byte() % 4 == 0) machine_.end_process(process(bytes_.byte()));
                break;
            case 19:
                if (bytes_.byte() % 8 == 0) device.surprise_remove();
                machine_.card.gone = bytes_.byte() % 4 == 0;
                break;
        }
    }

    Bytes& bytes_;
    std::uint8_t options_;
    Machine machine_;
    std::vector<std::uint64_t> objects_;
    std::vector<Irp*> waits_;
    std::list<Entry> handles_;
};

}  // namespace
}  // namespace openbar::driver::test

// What gtest would report as a failed expectation ends the process here.
extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
    testing::InitGoogleTest(count, *arguments);
    GTEST_FLAG_SET(break_on_failure, true);
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    openbar::driver::test::Bytes bytes(data, size);
    openbar::driver::test::Play(bytes).run();
    return 0;
}
