// Random calls of the whole C interface, with handles of every kind and age, from two threads.
//
//   random_calls [CALLS] [SEED]
//
// Passes if nothing crashes, no sanitizer complains, and every call returns a code of the header.
#include "openbar/openbar.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

/// Handles that calls have given, some of them closed since.
class Handles {
public:
    void keep(openbar_handle handle) {
        const std::lock_guard lock(mutex_);
        if (handles_.size() < 64) return handles_.push_back(handle);
        openbar_handle& oldest = handles_[next_++ % handles_.size()];
        openbar_close(oldest);  // so that what is open does not grow without end
        oldest = handle;
    }
    openbar_handle pick(std::uint64_t random) {
        const std::lock_guard lock(mutex_);
        return handles_.empty() ? random : handles_[random % handles_.size()];
    }

private:
    std::mutex mutex_;
    std::vector<openbar_handle> handles_;
    std::size_t next_ = 0;
};

class Caller {
public:
    Caller(Handles& handles, std::uint64_t seed) : handles_(handles), random_(seed) {}

    void call_once() {
        using Call = openbar_code (Caller::*)();
        static constexpr std::array<Call, 13> calls = {
            &Caller::open,   &Caller::close, &Caller::describe, &Caller::access, &Caller::access,
            &Caller::block,  &Caller::map,   &Caller::copy,     &Caller::enable, &Caller::interrupt,
            &Caller::memory, &Caller::card,  &Caller::registers};
        check((this->*calls[number() % calls.size()])());
    }

private:
    std::uint64_t number() { return random_(); }
    bool one_in(unsigned n) { return number() % n == 0; }
    /// Mostly small, now and then anything.
    std::uint64_t size() {
        switch (number() % 8) {
            case 0: return number();
            case 1: return UINT64_MAX - number() % 16;
            case 2: return std::uint64_t{1} << (number() % 64);
            default: return number() % 4096;
        }
    }
    std::uint32_t small() {
        return static_cast<std::uint32_t>(one_in(8) ? number() : number() % 9);
    }
    openbar_handle handle() {
        if (one_in(20)) return number();
        if (one_in(20)) return handles_.pick(number()) + (std::uint64_t{1} << 32);
        return handles_.pick(number());
    }
    /// A structure of a random size, with room for it, and now and then NULL.
    template <typename Structure>
    Structure* structure() {
        if (one_in(20)) return nullptr;
        std::memset(room_.data(), 0, room_.size());
        if (one_in(4))
            for (auto& byte : room_) byte = static_cast<unsigned char>(number());
        std::uint32_t given = sizeof(Structure);
        if (one_in(4)) given = static_cast<std::uint32_t>(number() % room_.size());
        if (one_in(16)) given = static_cast<std::uint32_t>(number() | 0x2000);
        std::memcpy(room_.data(), &given, sizeof given);
        return reinterpret_cast<Structure*>(room_.data());
    }
    const char* text() {
        static constexpr const char* texts[] = {"sim:edu",       "sim:82540em",
                                                "sim:edu",       "0000:00:1f.6",
                                                "pci:ffff:ffff", "vfio:",
                                                "STATUS",        "bar0.STATUS",
                                                "command",       "sim:",
                                                "\xff\xfe",      "",
                                                "sim:\xc3",      "vfio-user:/nonexistent"};
        if (one_in(16)) return nullptr;
        if (one_in(8)) {
            made_text_.resize(number() % 64);
            for (char& byte : made_text_) byte = static_cast<char>(1 + number() % 255);
            return made_text_.c_str();
        }
        return texts[number() % std::size(texts)];
    }
    void* buffer() { return one_in(16) ? nullptr : buffer_.data(); }
    std::size_t buffer_size() { return number() % (buffer_.size() + 1); }
    openbar_code keep(openbar_code code, openbar_handle made) {
        if (code == OPENBAR_OK) handles_.keep(made);
        return code;
    }

    openbar_code open() {
        openbar_handle made = 0;
        const bool null = one_in(20);
        return keep(openbar_open(text(), one_in(2) ? nullptr : structure<openbar_open_options>(),
                                 null ? nullptr : &made),
                    made);
    }
    openbar_code close() { return openbar_close(handle()); }
    openbar_code describe() {
        switch (number() % 8) {
            case 0: return openbar_device_get_info(handle(), structure<openbar_device_info>());
            case 1:
                return openbar_device_get_capability(handle(), small(),
                                                     structure<openbar_capability>());
            case 2:
                return openbar_device_get_region(handle(), small(),
                                                 structure<openbar_region_info>());
            case 3:
                return openbar_device_get_vectors(handle(), small(),
                                                  structure<openbar_vector_info>());
            case 4: return openbar_last_error(structure<openbar_error>());
            case 5:
                return openbar_get_pci_capability(handle(), small(),
                                                  structure<openbar_pci_capability>());
            case 6:
                return openbar_find_pci_capability(handle(), small(), small() & 1,
                                                   structure<openbar_pci_capability>());
            default: return openbar_set_bus_master(handle(), small());
        }
    }
    openbar_code access() {
        std::uint64_t value = 0;
        const std::uint32_t width = one_in(2) ? 4 : small();
        if (one_in(2)) return openbar_read(handle(), small(), size(), width, &value);
        // Not a transfer: a wild one is a fault of the card's driver, which this is not.
        return openbar_write(handle(), small(), number() % 0x80, width, size());
    }
    openbar_code block() {
        const std::size_t given = one_in(8) ? SIZE_MAX - 7 : buffer_size();
        // Wrong sizes come with an offset at which nothing can be accessed.
        const std::uint64_t offset = given > buffer_.size() ? 8 : size();
        if (one_in(2))
            return openbar_read_block(handle(), small(), offset, buffer(), given, small());
        return openbar_write_block(handle(), 0, 0x100000 + offset, buffer(), given, small());
    }
    openbar_code map() {
        openbar_handle made = 0;
        return keep(openbar_map(handle(), small(),
                                one_in(2) ? nullptr : structure<openbar_map_options>(), &made),
                    made);
    }
    openbar_code copy() {
        switch (number() % 5) {
            case 0: return openbar_mapping_get_info(handle(), structure<openbar_mapping_info>());
            case 1: return openbar_mapping_status(handle());
            case 2:
                return openbar_copy_to_device(handle(), size(), buffer(), buffer_size(), small());
            case 3:
                return openbar_copy_from_device(handle(), size(), buffer(), buffer_size(), small());
            default: return openbar_fill(handle(), size(), size(), 0, small());
        }
    }
    openbar_code enable() {
        openbar_handle made = 0;
        const std::uint32_t kind = one_in(2) ? std::uint32_t{OPENBAR_BEST_KIND} : small();
        return keep(openbar_enable_vector(handle(), kind, small() & 3, &made), made);
    }
    openbar_code interrupt() {
        std::uint64_t count = 0;
        std::uint32_t event = 0;
        openbar_handle made = 0;
        openbar_ready ready[2] = {};
        const std::array<openbar_handle, 2> list = {handle(), handle()};
        switch (number() % 9) {
            case 6: return openbar_next_event(handle(), number() % 1000, &event);
            case 7: return keep(openbar_subscribe(handle(), &made), made);
            case 8:
                return openbar_wait_any(list.data(), small() % 3, number() % 1000, ready, &event);
            case 0:
                return openbar_interrupt_get_info(handle(), structure<openbar_interrupt_info>());
            case 1: return openbar_wait(handle(), number() % 1000, one_in(2) ? &count : nullptr);
            case 2: return openbar_cancel(handle());
            case 3: return openbar_mask(handle());
            case 4: return openbar_unmask(handle());
            default: return openbar_trigger(handle());
        }
    }
    openbar_code memory() {
        openbar_handle made = 0;
        openbar_segment segment{};
        switch (number() % 4) {
            case 0:
                return keep(openbar_allocate_dma(
                                handle(), one_in(4) ? UINT64_MAX - number() % 99 : number() % 65536,
                                one_in(2) ? nullptr : structure<openbar_dma_options>(), &made),
                            made);
            case 1: {
                const auto code = openbar_pin(
                    handle(), buffer(), one_in(8) ? SIZE_MAX - number() % 99 : buffer_size(),
                    one_in(2) ? nullptr : structure<openbar_pin_options>(), &made);
                if (code == OPENBAR_OK) openbar_close(made);  // before the memory goes
                return code;
            }
            case 2: return openbar_memory_get_info(handle(), structure<openbar_memory_info>());
            default:
                return openbar_memory_get_segment(handle(), small(),
                                                  one_in(9) ? nullptr : &segment);
        }
    }
    openbar_code card() {
        openbar_handle made = 0;
        std::uint32_t offset = 0;
        switch (number() % 4) {
            case 0: return keep(openbar_find_description(handle(), &made), made);
            case 1: return keep(openbar_read_description(text(), &made), made);
            case 2:
                return openbar_find_configuration_register(text(), one_in(9) ? nullptr : &offset,
                                                           &offset);
            default: return openbar_reset(handle());
        }
    }
    openbar_code registers() {
        switch (number() % 5) {
            case 0:
                return openbar_description_get_info(handle(),
                                                    structure<openbar_description_info>());
            case 1:
                return openbar_description_get_register(handle(), small(),
                                                        structure<openbar_register_info>());
            case 2:
                return openbar_find_register(handle(), text(), structure<openbar_register_info>());
            case 3:
                return openbar_register_get_field(handle(), small(), small(),
                                                  structure<openbar_field_info>());
            default:
                return openbar_field_get_value(handle(), small(), small(), small(),
                                               structure<openbar_value_info>());
        }
    }

    static void check(openbar_code code) {
        if (code >= OPENBAR_OK && code <= OPENBAR_IO) return;
        std::fprintf(stderr, "a call returned %d\n", code);
        std::abort();
    }

    Handles& handles_;
    std::mt19937_64 random_;
    std::string made_text_;
    std::array<unsigned char, 8192> room_{};
    std::vector<std::byte> buffer_ = std::vector<std::byte>(4096);
};

}  // namespace

int main(int count, char** arguments) {
    const long calls = count > 1 ? std::atol(arguments[1]) : 20'000;
    const unsigned long seed = count > 2 ? std::strtoul(arguments[2], nullptr, 0) : 1;
    Handles handles;
    const auto run = [&](std::uint64_t offset) {
        Caller caller(handles, seed + offset);
        for (long call = 0; call < calls; ++call) caller.call_once();
    };
    std::thread other(run, 1000);
    run(0);
    other.join();
    std::printf("%ld calls from each of two threads, seed %lu\n", calls, seed);
}
