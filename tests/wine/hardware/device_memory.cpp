#include "tests/wine/hardware/device_memory.hpp"

#include "tests/wine/hardware/foreign_process.hpp"
#include "tests/wine/hardware/hardware.h"

#include <windows.h>

#include <algorithm>
#include <cstring>

namespace openbar::hardware {
namespace {

constexpr std::uint64_t page_size = HARDWARE_PAGE;
constexpr long access_violation = static_cast<long>(0xC0000005);

std::uint64_t page_up(std::uint64_t length) {
    return (length + page_size - 1) & ~(page_size - 1);
}

/// A process opened for as long as it is looked into.
class OpenProcessHandle {
public:
    explicit OpenProcessHandle(std::uint32_t process)
        : handle_(OpenProcess(
              PROCESS_VM_READ | PROCESS_VM_WRITE | PROCESS_VM_OPERATION | PROCESS_QUERY_INFORMATION,
              FALSE, process)) {}
    ~OpenProcessHandle() {
        if (handle_ != nullptr) CloseHandle(handle_);
    }
    OpenProcessHandle(const OpenProcessHandle&) = delete;
    OpenProcessHandle& operator=(const OpenProcessHandle&) = delete;
    [[nodiscard]] HANDLE get() const { return handle_; }

private:
    HANDLE handle_;
};

bool allows(DWORD protection, bool writing) {
    if ((protection & (PAGE_GUARD | PAGE_NOACCESS)) != 0) return false;
    constexpr DWORD writable = PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READWRITE;
    return !writing || (protection & writable) != 0;
}

bool can_access(HANDLE process, std::uint64_t address, std::uint64_t length, bool writing) {
    for (std::uint64_t at = address; at < address + length;) {
        MEMORY_BASIC_INFORMATION information{};
        if (VirtualQueryEx(process, reinterpret_cast<void*>(at), &information,
                           sizeof information) == 0 ||
            information.State != MEM_COMMIT || !allows(information.Protect, writing))
            return false;
        at = reinterpret_cast<std::uint64_t>(information.BaseAddress) + information.RegionSize;
    }
    return true;
}

}  // namespace

DeviceMemory::Common DeviceMemory::allocate(std::uint64_t length) {
    const std::uint64_t size = page_up(length);
    HANDLE section =
        CreateFileMappingW(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE,
                           static_cast<DWORD>(size >> 32), static_cast<DWORD>(size), nullptr);
    if (section == nullptr) return {};
    auto* address = static_cast<std::byte*>(MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0));
    if (address == nullptr) {
        CloseHandle(section);
        return {};
    }
    std::lock_guard held(lock_);
    const Common common{address, section, next_common_, size};
    next_common_ += size + page_size;
    common_.emplace(common.iova, common);
    return common;
}

DeviceMemory::Common DeviceMemory::find(const void* address) {
    std::lock_guard held(lock_);
    const auto* byte = static_cast<const std::byte*>(address);
    for (const auto& [iova, common] : common_)
        if (byte >= common.address && byte < common.address + common.length) return common;
    return {};
}

void DeviceMemory::free(void* address) {
    const Common common = find(address);
    if (common.address == nullptr) return;
    {
        std::lock_guard held(lock_);
        common_.erase(common.iova);
    }
    UnmapViewOfFile(common.address);
    CloseHandle(common.section);
}

long DeviceMemory::pin(std::uint32_t process, std::uint64_t address, std::uint64_t length,
                       bool writable, std::span<std::uint64_t> frames) {
    if (length == 0 || address + length < address) return access_violation;
    const auto accessible = in_process<bool>(
        process, [=](HANDLE handle) { return can_access(handle, address, length, writable); });
    if (!accessible || !*accessible) return access_violation;
    std::lock_guard held(lock_);
    std::uint64_t page = address & ~(page_size - 1);
    for (std::uint64_t& frame : frames) {
        frame = next_frame_;
        next_frame_ = next_frame_ + 2 < 0x10000 ? next_frame_ + 2 : 0x8000;
        pinned_[frame] = {process, page};
        page += page_size;
    }
    return 0;
}

void DeviceMemory::unpin(std::span<const std::uint64_t> frames) {
    std::lock_guard held(lock_);
    for (const std::uint64_t frame : frames) {
        pinned_.erase(frame);
        if (const auto found = remapped_.find(frame); found != remapped_.end()) {
            pinned_.erase(found->second);
            remapped_.erase(found);
        }
    }
}

std::uint64_t DeviceMemory::remap(std::uint64_t frame) {
    std::lock_guard held(lock_);
    const auto page = pinned_.find(frame);
    if (page == pinned_.end()) return 0;
    const auto found = remapped_.find(frame);
    if (found != remapped_.end()) return found->second;
    const std::uint64_t other = next_remapped_;
    next_remapped_ = next_remapped_ + 1 < 0x8000 ? next_remapped_ + 1 : 0x4000;
    pinned_[other] = page->second;
    remapped_[frame] = other;
    return other;
}

/// Page by page: `copy` gets a host address, or a process and an address in it.
template <typename Part, typename Copy>
bool DeviceMemory::transfer(std::uint64_t iova, Part part, Copy copy) {
    std::lock_guard held(lock_);
    while (!part.empty()) {
        const std::uint64_t in_page = iova % page_size;
        const std::size_t count = std::min<std::size_t>(part.size(), page_size - in_page);
        const auto piece = part.first(count);
        auto common = common_.upper_bound(iova);
        const auto pinned = pinned_.find(iova / page_size);
        if (common != common_.begin() && iova - (--common)->first < common->second.length) {
            copy(GetCurrentProcess(),
                 reinterpret_cast<std::uint64_t>(common->second.address + (iova - common->first)),
                 piece);
        } else if (pinned != pinned_.end()) {
            const OpenProcessHandle process(pinned->second.process);
            copy(process.get(), pinned->second.page + in_page, piece);
        } else {
            return false;
        }
        part = part.subspan(count);
        iova += count;
    }
    return true;
}

bool DeviceMemory::read(std::uint64_t iova, std::span<std::byte> destination) {
    return transfer(iova, destination, [](HANDLE process, std::uint64_t from, auto to) {
        ReadProcessMemory(process, reinterpret_cast<void*>(from), to.data(), to.size(), nullptr);
    });
}

bool DeviceMemory::write(std::uint64_t iova, std::span<const std::byte> source) {
    return transfer(iova, source, [](HANDLE process, std::uint64_t to, auto from) {
        WriteProcessMemory(process, reinterpret_cast<void*>(to), from.data(), from.size(), nullptr);
    });
}

std::uint32_t DeviceMemory::common_count() {
    std::lock_guard held(lock_);
    return static_cast<std::uint32_t>(common_.size());
}

std::uint32_t DeviceMemory::pinned_count() {
    std::lock_guard held(lock_);
    return static_cast<std::uint32_t>(pinned_.size() - remapped_.size());
}

}  // namespace openbar::hardware
