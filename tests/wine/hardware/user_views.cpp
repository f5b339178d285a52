#include "tests/wine/hardware/user_views.hpp"

#include "tests/wine/hardware/card_host.hpp"
#include "tests/wine/hardware/foreign_process.hpp"

#include <windows.h>
// After windows.h.
#include <winternl.h>

#include <atomic>
#include <cstring>

extern "C" {
NTSTATUS NTAPI NtMapViewOfSection(HANDLE section, HANDLE process, PVOID* base, ULONG_PTR zero_bits,
                                  SIZE_T commit, LARGE_INTEGER* offset, SIZE_T* size, ULONG inherit,
                                  ULONG type, ULONG protection);
NTSTATUS NTAPI NtUnmapViewOfSection(HANDLE process, PVOID base);
}

namespace openbar::hardware {
namespace {

constexpr std::uint64_t granularity = 0x10000;  // of a view's place within its section
constexpr long no_such_view = static_cast<long>(0xC0000019);
constexpr long no_process = static_cast<long>(0xC000000B);
constexpr long no_room = static_cast<long>(0xC0000017);
constexpr ULONG view_unmap = 2;

// edu has nothing beyond: 4-byte registers first, then those of 8 bytes.
constexpr std::uint64_t wide_from = 0x80;
constexpr std::uint64_t registers_end = 0xa0;

struct Mapped {
    NTSTATUS status;
    void* base;
};

}  // namespace

UserViews::UserViews(CardHost& card) : card_(card), shown_(card.bar_length()) {
    section_ = CreateFileMappingW(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, 0,
                                  static_cast<DWORD>(card.bar_length()), nullptr);
    watched_ = static_cast<std::uint8_t*>(MapViewOfFile(section_, FILE_MAP_ALL_ACCESS, 0, 0, 0));
    start_detached_thread([this] { watch(); });
}

long UserViews::map(void* section, std::uint64_t offset, std::uint64_t length,
                    std::uint32_t process, std::uint64_t wanted, std::uint64_t& mapped) {
    const bool registers = section == nullptr;
    const std::uint64_t aligned = offset & ~(granularity - 1);
    const std::uint64_t within = offset - aligned;
    void* shared = registers ? section_ : section;
    const auto done = in_process<Mapped>(process, [=](HANDLE handle) {
        auto* base = reinterpret_cast<void*>(wanted != 0 ? wanted - within : 0);
        LARGE_INTEGER place{};
        place.QuadPart = static_cast<LONGLONG>(aligned);
        SIZE_T size = within + length;
        const NTSTATUS status = NtMapViewOfSection(shared, handle, &base, 0, 0, &place, &size,
                                                   view_unmap, 0, PAGE_READWRITE);
        return Mapped{status, base};
    });
    if (!done) return no_process;
    if (done->status < 0) return done->status;
    void* base = done->base;
    mapped = reinterpret_cast<std::uint64_t>(base) + within;
    std::lock_guard held(lock_);
    views_[{process, mapped}] = {reinterpret_cast<std::uint64_t>(base), registers};
    if (registers && registers_mapped_++ == 0) {
        for (std::uint64_t at = 0; at < wide_from; at += 4) show(at, 4);
        for (std::uint64_t at = wide_from; at < registers_end; at += 8) show(at, 8);
    }
    return 0;
}

long UserViews::unmap(std::uint32_t process, std::uint64_t mapped) {
    std::lock_guard held(lock_);
    const auto found = views_.find({process, mapped});
    if (found == views_.end()) {
        ++wrong_process_;
        return no_such_view;
    }
    in_process<NTSTATUS>(process, [base = found->second.base](HANDLE handle) {
        return NtUnmapViewOfSection(handle, reinterpret_cast<void*>(base));
    });
    if (found->second.registers) --registers_mapped_;
    views_.erase(found);
    return 0;
}

void UserViews::forget(std::uint32_t process) {
    std::lock_guard held(lock_);
    for (auto view = views_.begin(); view != views_.end();) {
        if (view->first.first != process) {
            ++view;
            continue;
        }
        if (view->second.registers) --registers_mapped_;
        view = views_.erase(view);
    }
}

long UserViews::find_hole(std::uint32_t process, std::uint64_t length, std::uint64_t& address) {
    const auto hole = in_process<void*>(process, [=](HANDLE handle) {
        void* found = VirtualAllocEx(handle, nullptr, length, MEM_RESERVE, PAGE_NOACCESS);
        if (found != nullptr) VirtualFreeEx(handle, found, 0, MEM_RELEASE);
        return found;
    });
    if (!hole) return no_process;
    address = reinterpret_cast<std::uint64_t>(*hole);
    return *hole != nullptr ? 0 : no_room;
}

std::uint32_t UserViews::count() {
    std::lock_guard held(lock_);
    return static_cast<std::uint32_t>(views_.size());
}

/// What the model answers now, for whoever looks through a mapping.
void UserViews::show(std::uint64_t offset, unsigned width) {
    const std::uint64_t value = card_.read_register(offset, width);
    std::memcpy(watched_ + offset, &value, width);
    std::memcpy(shown_.data() + offset, &value, width);
}

/// A store by a program is told to the model; then its answer is shown, unless the program has
/// stored again meanwhile.
void UserViews::take(std::uint64_t offset, unsigned width) {
    std::uint64_t shown = 0;
    std::memcpy(&shown, shown_.data() + offset, width);
    const auto exchange = [&](auto* place) {
        using Word = std::remove_pointer_t<decltype(place)>;
        std::atomic_ref<Word> word(*place);
        Word seen = word.load();
        if (seen != static_cast<Word>(shown)) card_.write_register(offset, width, seen);
        const std::uint64_t answer = card_.read_register(offset, width);
        if (word.compare_exchange_strong(seen, static_cast<Word>(answer)))
            std::memcpy(shown_.data() + offset, &answer, width);
    };
    if (width == 4)
        exchange(reinterpret_cast<std::uint32_t*>(watched_ + offset));
    else
        exchange(reinterpret_cast<std::uint64_t*>(watched_ + offset));
}

void UserViews::watch() {
    for (;;) {
        Sleep(1);
        if (registers_mapped_ == 0) continue;
        std::lock_guard held(lock_);
        if (registers_mapped_ == 0) continue;
        for (std::uint64_t at = 0; at < wide_from; at += 4) take(at, 4);
        for (std::uint64_t at = wide_from; at < registers_end; at += 8) take(at, 8);
    }
}

}  // namespace openbar::hardware
