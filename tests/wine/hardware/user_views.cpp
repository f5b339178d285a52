#include "tests/wine/hardware/user_views.hpp"

#include "tests/wine/hardware/foreign_process.hpp"

#include <windows.h>
// After windows.h.
#include <winternl.h>

extern "C" {
NTSTATUS NTAPI NtMapViewOfSection(HANDLE section, HANDLE process, PVOID* base, ULONG_PTR zero_bits,
                                  SIZE_T commit, LARGE_INTEGER* offset, SIZE_T* size, ULONG inherit,
                                  ULONG type, ULONG protection);
NTSTATUS NTAPI NtUnmapViewOfSection(HANDLE process, PVOID base);
}

namespace openbar::hardware {
namespace {

constexpr long no_such_view = static_cast<long>(0xC0000019);
constexpr ULONG view_unmap = 2;

struct Mapped {
    NTSTATUS status;
    void* base;
};

}  // namespace

long UserViews::map(void* section, std::uint64_t offset, std::uint64_t length,
                    std::uint32_t process, std::uint64_t wanted, std::uint64_t& mapped) {
    const bool registers = section == nullptr;
    const long status = registers ? clients_.map(process, offset, length, wanted, mapped)
                                  : map_section(section, offset, length, process, wanted, mapped);
    if (status < 0) return status;
    std::lock_guard held(lock_);
    views_.insert_or_assign({process, mapped}, registers);
    return 0;
}

long UserViews::map_section(void* section, std::uint64_t offset, std::uint64_t length,
                            std::uint32_t process, std::uint64_t wanted, std::uint64_t& mapped) {
    const std::uint64_t within = offset % granularity;
    const auto done = in_process<Mapped>(process, [=](HANDLE handle) {
        auto* base = reinterpret_cast<void*>(wanted != 0 ? wanted - within : 0);
        LARGE_INTEGER place{};
        place.QuadPart = static_cast<LONGLONG>(offset - within);
        SIZE_T size = within + length;
        const NTSTATUS status = NtMapViewOfSection(section, handle, &base, 0, 0, &place, &size,
                                                   view_unmap, 0, PAGE_READWRITE);
        return Mapped{status, base};
    });
    if (!done) return no_process;
    mapped = reinterpret_cast<std::uint64_t>(done->base) + within;
    return done->status;
}

long UserViews::unmap(std::uint32_t process, std::uint64_t mapped) {
    bool registers = false;
    {
        std::lock_guard held(lock_);
        const auto found = views_.find({process, mapped});
        if (found == views_.end()) {
            ++wrong_process_;
            return no_such_view;
        }
        registers = found->second;
        views_.erase(found);
    }
    if (registers) {
        clients_.unmap(process, mapped);
        return 0;
    }
    in_process<NTSTATUS>(process, [=](HANDLE handle) {
        return NtUnmapViewOfSection(handle, reinterpret_cast<void*>(mapped & ~(granularity - 1)));
    });
    return 0;
}

void UserViews::forget(std::uint32_t process) {
    std::lock_guard held(lock_);
    std::erase_if(views_, [=](const auto& view) { return view.first.first == process; });
}

long UserViews::reserve(std::uint32_t process, std::uint64_t length, std::uint64_t& address) {
    const auto wanted = address;
    const auto found = in_process<void*>(process, [=](HANDLE handle) {
        return VirtualAllocEx(handle, reinterpret_cast<void*>(wanted), length, MEM_RESERVE,
                              PAGE_NOACCESS);
    });
    if (!found) return no_process;
    address = reinterpret_cast<std::uint64_t>(*found);
    return *found != nullptr ? 0 : no_room;
}

long UserViews::release(std::uint32_t process, std::uint64_t address) {
    const auto done = in_process<BOOL>(process, [=](HANDLE handle) {
        return VirtualFreeEx(handle, reinterpret_cast<void*>(address), 0, MEM_RELEASE);
    });
    return done && *done ? 0 : no_such_view;
}

std::uint32_t UserViews::count() {
    std::lock_guard held(lock_);
    return static_cast<std::uint32_t>(views_.size());
}

}  // namespace openbar::hardware
