#include "base/mapping_guard.hpp"

#include "base/failure.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <string_view>
#include <utility>

namespace openbar {
namespace {

/// One watched mapping. `begin` is 0 while the slot is free; it is set last and cleared first, so
/// that the handler, which takes no lock, sees whole slots only.
struct Slot : MappingLoss {
    std::atomic<std::uintptr_t> begin{0};
    std::atomic<std::size_t> size{0};
    bool taken = false;  // under the mutex
};

std::array<Slot, MappingGuard::most> slots;
std::mutex mutex;
std::uintptr_t page_size = 0;
struct sigaction earlier {};

Slot* slot_of(std::uintptr_t address) noexcept {
    for (Slot& slot : slots) {
        const auto begin = slot.begin.load(std::memory_order_acquire);
        if (begin != 0 && address >= begin && address - begin < slot.size.load()) return &slot;
    }
    return nullptr;
}

void say(std::string_view text) noexcept {
    // Nothing useful can be done in a signal handler about a standard error that is closed.
    [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, text.data(), text.size());
}

/// Puts a page of ones in place of the one that holds `address`, in one step, so that another
/// thread never finds a hole there.
bool replace_page(std::uintptr_t address) noexcept {
    void* ones =
        ::mmap(nullptr, page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (ones == MAP_FAILED) return false;
    std::memset(ones, 0xff, page_size);
    auto* page = reinterpret_cast<void*>(address & ~(page_size - 1));
    if (::mremap(ones, page_size, page_size, MREMAP_MAYMOVE | MREMAP_FIXED, page) == page) {
        return true;
    }
    ::munmap(ones, page_size);
    return false;
}

void hand_on(int signal, siginfo_t* info, void* context) noexcept {
    if ((earlier.sa_flags & SA_SIGINFO) != 0) return earlier.sa_sigaction(signal, info, context);
    if (earlier.sa_handler != SIG_DFL && earlier.sa_handler != SIG_IGN) {
        return earlier.sa_handler(signal);
    }
    // As if there had been no handler: the access is repeated when this returns, and kills.
    struct sigaction by_default {};
    by_default.sa_handler = SIG_DFL;
    ::sigaction(SIGBUS, &by_default, nullptr);
}

void handle(int signal, siginfo_t* info, void* context) {
    const int saved = errno;
    const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
    Slot* slot = info->si_code == BUS_ADRERR ? slot_of(address) : nullptr;
    if (slot != nullptr && replace_page(address)) {
        if (!slot->faulted.exchange(true)) {
            say("openbar: ");
            say(slot->notice.data());
            say("; it reads as all ones from now on\n");
        }
    } else {
        hand_on(signal, info, context);
    }
    errno = saved;
}

Result<void> install_handler() {
    static bool installed = false;
    if (installed) return {};
    page_size = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    struct sigaction action {};
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    if (::sigaction(SIGBUS, &action, &earlier) != 0) {
        return system_failure(errno, "sigaction for SIGBUS");
    }
    installed = true;
    return {};
}

}  // namespace

Result<MappingGuard> MappingGuard::watch(std::span<std::byte> memory, const std::string& notice) {
    const std::scoped_lock lock(mutex);
    OPENBAR_TRY(installed, install_handler());
    for (std::size_t i = 0; i < slots.size(); ++i) {
        Slot& slot = slots[i];
        if (slot.taken) continue;
        slot.taken = true;
        slot.faulted = false;
        slot.notice.fill('\0');
        notice.copy(slot.notice.data(), slot.notice.size() - 1);
        slot.size = memory.size();
        slot.begin.store(reinterpret_cast<std::uintptr_t>(memory.data()),
                         std::memory_order_release);
        return MappingGuard(i);
    }
    return failure(ErrorCode::resource_exhausted, "1024 mappings are watched already");
}

MappingGuard::MappingGuard(MappingGuard&& other) noexcept
    : slot_(std::exchange(other.slot_, most)) {}

MappingGuard& MappingGuard::operator=(MappingGuard&& other) noexcept {
    std::swap(slot_, other.slot_);
    return *this;
}

MappingGuard::~MappingGuard() {
    if (slot_ == most) return;
    const std::scoped_lock lock(mutex);
    slots[slot_].begin.store(0, std::memory_order_release);
    slots[slot_].taken = false;
}

const MappingLoss* MappingGuard::loss() const noexcept {
    return slot_ == most ? nullptr : &slots[slot_];
}

bool MappingGuard::faulted() const noexcept {
    return slot_ != most && slots[slot_].faulted;
}

}  // namespace openbar
