// Runs in a Linux guest: maps memory of several kinds, prints each page's address and where the
// kernel says that it is, then "ready", and stays on the processor so that its CR3 can be seen.
#include "openbar/page_map.hpp"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <random>

namespace {

constexpr std::size_t page = 4096;

void tell(const void* address) {
    const auto found = openbar::look_up_page(reinterpret_cast<std::uintptr_t>(address));
    if (!found || !found->physical) return;
    std::printf("%jx %jx\n", static_cast<std::uintmax_t>(found->address),
                static_cast<std::uintmax_t>(*found->physical));
}

/// Touches every other page or so of `size` bytes, and prints where they are.
void touch(void* memory, std::size_t size, std::mt19937& random) {
    if (memory == MAP_FAILED) return;
    auto* bytes = static_cast<volatile unsigned char*>(memory);
    for (std::size_t at = 0; at < size; at += page * (1 + random() % 3)) bytes[at] = 1;
    ::syscall(SYS_mlock, memory, size);  // AddressSanitizer makes mlock() do nothing
    for (std::size_t at = 0; at < size; at += page)
        tell(static_cast<const char*>(memory) + at + random() % page);
}

void* map(std::size_t size, int flags) {
    return ::mmap(nullptr, size, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
}

}  // namespace

int main() {
    ::alarm(120);  // for a test that has forgotten it
    std::mt19937 random(7);
    touch(map(8U << 20U, MAP_PRIVATE), 8U << 20U, random);
    touch(map(2U << 20U, MAP_SHARED), 2U << 20U, random);
    void* huge = map(8U << 20U, MAP_PRIVATE);
    ::madvise(huge, 8U << 20U, MADV_HUGEPAGE);
    touch(huge, 8U << 20U, random);
    tell(&random);
    tell(reinterpret_cast<const void*>(&tell));
    std::puts("ready");
    std::fflush(stdout);
    for (std::atomic<unsigned> spins = 0;;) spins.fetch_add(1, std::memory_order_relaxed);
}
