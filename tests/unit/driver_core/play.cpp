// The bytes are a list of commands, one byte each followed by what it needs; see `command`.
#include "play.hpp"

#include "machine.hpp"

#include <cstring>
#include <iterator>
#include <list>

namespace openbar::driver::test {
namespace {

using worst_case::Switch;

struct KnownCode {
    std::uint32_t code;
    std::uint32_t input, output;
};
template <typename In, typename Out = openbar_header>
constexpr KnownCode with(std::uint32_t code) {
    return {code, sizeof(In), sizeof(Out)};
}
constexpr KnownCode codes[] = {
    with<openbar_negotiation, openbar_negotiation>(OPENBAR_IOCTL_NEGOTIATE),
    with<openbar_header, openbar_description>(OPENBAR_IOCTL_DESCRIBE),
    with<openbar_header, openbar_counters>(OPENBAR_IOCTL_COUNTERS),
    with<openbar_map, openbar_mapping>(OPENBAR_IOCTL_MAP),
    with<openbar_map, openbar_mapping>(OPENBAR_IOCTL_MAP),
    with<openbar_object>(OPENBAR_IOCTL_UNMAP),
    with<openbar_object, openbar_mapping_state>(OPENBAR_IOCTL_MAPPING_STATE),
    {OPENBAR_IOCTL_PROGRAM, sizeof(openbar_program) + 3 * sizeof(openbar_step), 2100},
    with<openbar_enable_vector, openbar_object>(OPENBAR_IOCTL_ENABLE_VECTOR),
    with<openbar_object>(OPENBAR_IOCTL_MASK_VECTOR),
    with<openbar_object>(OPENBAR_IOCTL_UNMASK_VECTOR),
    with<openbar_object>(OPENBAR_IOCTL_DISABLE_VECTOR),
    with<openbar_allocate_dma, openbar_dma>(OPENBAR_IOCTL_ALLOCATE_DMA),
    with<openbar_pin, openbar_dma>(OPENBAR_IOCTL_PIN_MEMORY),
    with<openbar_dma_query, openbar_dma_segments>(OPENBAR_IOCTL_DMA_SEGMENTS),
    with<openbar_object>(OPENBAR_IOCTL_FREE_DMA),
    with<openbar_switch>(OPENBAR_IOCTL_BUS_MASTER),
    with<openbar_header>(OPENBAR_IOCTL_RESET),
    with<openbar_switch>(OPENBAR_IOCTL_AWAKE),
    with<openbar_switch>(OPENBAR_IOCTL_CLAIM),
};

class Play {
public:
    explicit Play(Bytes& bytes)
        : bytes_(bytes), options_(bytes.byte()), machine_(machine_options(options_)) {
        if ((options_ & 32) != 0) machine_.card.add_express(0x80);
        if ((options_ & 64) != 0) machine_.card.add_msix(0x40, 8, 0, 0x3000);
        if ((options_ & 128) != 0) machine_.kernel.kernel_facts.max_user_view = 0x4000;
        prepare_line(bytes_.byte());
        (void)machine_.start();
        machine_.kernel.on_release = [this] { asserts_at_any_moment(); };
    }

    std::uint64_t run() {
        while (!bytes_.empty()) command(bytes_.byte());
        machine_.kernel.on_release = nullptr;
        for (Entry& entry : handles_) entry.handle.close(&machine_.system);
        for (const Irp* irp : waits_) {
            EXPECT_EQ(irp->completions, 1);
        }
        return requests_;
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

    // On a card without the interrupt-disable bit administrators could hang the machine: here nobody
    // is one.
    void prepare_line(std::uint8_t how) {
        machine_.card.give_interrupt_registers();
        if (how % 4 == 0) machine_.card.fix_configuration(0x05, 1);
        for (StandInProcess* process : {&machine_.user, &machine_.other, &machine_.system})
            process->is_administrator = false;
    }

    void asserts_at_any_moment() {
        const bool may = machine_.kernel.worst.is(Switch::line_before_connect) ||
                         machine_.kernel.worst.is(Switch::line_after_disable) ||
                         machine_.kernel.worst.is(Switch::line_while_powering);
        if (may && machine_.kernel.worst.dice().one_in(20)) machine_.card.raise(1);
    }

    // Not those for which the one thread of this would have to wait.
    void do_worst(std::uint64_t seed) {
        machine_.kernel.worst.set_at_random(seed);
        machine_.kernel.worst.set(Switch::page_in_never_ends, false);
        // The bus answers a function with a line at every level.
        if (machine_.resources.line_interrupt)
            machine_.kernel.worst.set(Switch::virtual_function, false);
    }

    StandInProcess& process(std::uint8_t which) {
        StandInProcess& wanted = which % 2 == 0 ? machine_.user : machine_.other;
        return wanted.ended ? machine_.system : wanted;
    }

    Entry* pick() {
        if (handles_.empty()) return nullptr;
        auto entry = handles_.begin();
        std::advance(entry, bytes_.byte() % handles_.size());
        return entry->handle.is_open() && !entry->handle.sender->ended ? &*entry : nullptr;
    }

    std::uint64_t object() {
        return objects_.empty() ? 1 : objects_[bytes_.byte() % objects_.size()];
    }

    std::uint32_t likely_number() {
        switch (bytes_.byte() % 8) {
            case 0:
            case 1:
            case 2: return 0;
            case 3: return 1;
            case 4: return bytes_.byte() % 8u;
            case 5: return bytes_.byte() * 4096u;
            case 6: return bytes_.byte() * 4u;
            default: return bytes_.word() << 8 | bytes_.byte();
        }
    }

    void send(Handle& handle, std::uint32_t code, const std::vector<std::uint8_t>& input,
              std::uint32_t room) {
        ++requests_;
        const Answer answer =
            handle.send(code, input.data(), static_cast<std::uint32_t>(input.size()), room);
        std::uint64_t id = 0;
        const std::size_t at = code == OPENBAR_IOCTL_ENABLE_VECTOR ? 8 : 0;
        if (answer.bytes.size() < at + sizeof id) return;
        std::memcpy(&id, answer.bytes.data() + at, sizeof id);
        if (objects_.size() == 256) objects_.erase(objects_.begin());
        objects_.push_back(id);
    }

    // Any bytes behind a header that is right, so that the request gets past it.
    void any_request(Handle& handle) {
        const KnownCode& code = codes[bytes_.byte() % std::size(codes)];
        std::vector<std::uint8_t> input(bytes_.byte());
        for (std::uint8_t& byte : input) byte = bytes_.byte();
        if (input.size() >= sizeof(openbar_header) && (input[4] & 0x80) == 0) {
            openbar_header header{};
            openbar_prepare(&header, static_cast<std::uint32_t>(input.size()));
            std::memcpy(input.data(), &header, sizeof header);
        }
        const std::uint32_t room =
            code.code == OPENBAR_IOCTL_PROGRAM ? code.output : bytes_.byte() * 8u;
        send(handle, code.code, input, room);
    }

    // The right length, and numbers that may make sense: an object where one goes.
    void likely_request(Handle& handle) {
        const KnownCode& code = codes[bytes_.byte() % std::size(codes)];
        std::vector<std::uint8_t> input(code.input);
        openbar_header header{};
        openbar_prepare(&header, code.input);
        std::memcpy(input.data(), &header, sizeof header);
        for (std::size_t at = sizeof header; at + 4 <= input.size(); at += 4) {
            const std::uint32_t number = likely_number();
            std::memcpy(input.data() + at, &number, sizeof number);
        }
        if (code.input >= sizeof(openbar_object) && bytes_.byte() % 4 != 0) {
            const std::uint64_t id = object();
            const bool has_object =
                code.input == sizeof(openbar_object) || code.code == OPENBAR_IOCTL_DMA_SEGMENTS;
            if (has_object) std::memcpy(input.data() + sizeof header, &id, sizeof id);
        }
        send(handle, code.code, input, code.output);
    }

    void enable(Handle& handle) {
        openbar_enable_vector in{};
        if (bytes_.byte() % 2 == 0) {
            in.flags = OPENBAR_SILENCE_BY_REGISTERS | OPENBAR_SILENCE_BY_STATUS |
                       OPENBAR_SILENCE_SHUTS_OFF;
            in.width = 4;
            in.status_offset = PlainCard::cause;
            in.status_mask = 0xff;
            in.silence_offset = bytes_.byte() % 4 == 0 ? 0x80 : PlainCard::acknowledge;
            in.shut_off_offset = PlainCard::mask;
        } else {
            in.vector = bytes_.byte() % 5;
        }
        openbar_prepare(&in.header, sizeof in);
        std::vector<std::uint8_t> input(sizeof in);
        std::memcpy(input.data(), &in, sizeof in);
        send(handle, OPENBAR_IOCTL_ENABLE_VECTOR, input, sizeof(openbar_object));
    }

    void bulk(Handle& handle) {
        std::vector<std::uint8_t> data(bytes_.word() % 5000);
        openbar_bulk in{};
        in.region = bytes_.byte() % 10;
        in.width = bytes_.byte() % 9;
        in.flags = bytes_.byte() % 3;
        in.offset = bytes_.word();
        ++requests_;
        (void)handle.bulk(bytes_.byte() % 2 == 0, in, data);
    }

    void wait(Handle& handle) {
        ++requests_;
        waits_.push_back(&handle.wait(object(), bytes_.byte() % 4, bytes_.byte() % 3));
    }

    void ask(std::uint8_t what) {
        Entry* entry = pick();
        if (entry == nullptr) return;
        switch (what % 6) {
            case 0: return any_request(entry->handle);
            case 1: return bulk(entry->handle);
            case 2: return wait(entry->handle);
            case 3: return enable(entry->handle);
            default: return likely_request(entry->handle);
        }
    }

    void interrupt(std::uint8_t how) {
        if (how % 2 == 0) {
            machine_.card.set_configuration(0x06, 1, bytes_.byte());
            machine_.kernel.fire(bytes_.byte() % 5);
        } else {
            machine_.card.raise(1u << how % 8);
            machine_.kernel.neighbour_asserts = how % 3 == 0;
        }
        machine_.kernel.line_changed();
    }

    void stop_and_start() {
        if (machine_.device->query_stop() != Status::ok && bytes_.byte() % 2 == 0) return;
        machine_.device->stop();
        machine_.card.power(true);
        (void)machine_.start();
    }

    void end_a_process(std::uint8_t which) {
        if (which % 4 == 0) return machine_.end_process(process(bytes_.byte()));
        // Of one that owns nothing, nobody is told more than that.
        EXPECT_FALSE(machine_.device->owns(&stranger_));
        machine_.device->process_exited(&stranger_);
    }

    void unplug(std::uint8_t how) {
        if (how % 8 == 0) machine_.device->surprise_remove();
        machine_.card.gone = how % 4 == 1;
    }

    void command(std::uint8_t what) {
        Device& device = *machine_.device;
        switch (what % 32) {
            case 0:
            case 1:
                if (handles_.size() < 80) handles_.emplace_back(machine_, process(bytes_.byte()));
                break;
            case 2:
                if (Entry* entry = pick()) entry->handle.cleanup(&process(bytes_.byte()));
                break;
            case 3:
                if (Entry* entry = pick()) entry->handle.sender = &process(bytes_.byte());
                break;
            case 4:
                if (Entry* entry = pick()) entry->handle.close(&process(bytes_.byte()));
                break;
            case 5:
            case 6:
                if (!waits_.empty()) machine_.kernel.cancel(*waits_[bytes_.byte() % waits_.size()]);
                break;
            case 7:
            case 8: interrupt(bytes_.byte()); break;
            case 9:
                device.power_down();
                machine_.card.power(false);
                break;
            case 10:
                machine_.card.power(true);
                device.power_up();
                break;
            case 11: stop_and_start(); break;
            case 12: machine_.kernel.fail_call = machine_.kernel.calls + bytes_.byte(); break;
            case 13: end_a_process(bytes_.byte()); break;
            case 14: unplug(bytes_.byte()); break;
            case 15: do_worst(bytes_.word()); break;
            default: ask(bytes_.byte()); break;
        }
    }

    Bytes& bytes_;
    std::uint8_t options_;
    StandInProcess stranger_{"stranger"};
    Machine machine_;
    std::uint64_t requests_ = 0;
    std::vector<std::uint64_t> objects_;
    std::vector<Irp*> waits_;
    std::list<Entry> handles_;
};

}  // namespace

std::uint64_t play(Bytes& bytes) {
    return Play(bytes).run();
}

}  // namespace openbar::driver::test
