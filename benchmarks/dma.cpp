// Memory for the device: giving it and taking it back, by size, against the plain way.
//
// Through VFIO (`dma_benchmark vfio:00:04.0`) that is the two ioctls, VFIO_IOMMU_MAP_DMA and
// VFIO_IOMMU_UNMAP_DMA, made by hand on the same container with an address chosen by hand; for
// buffers with mmap and munmap around them. Without arguments, with the simulated `edu`, there are
// no ioctls: buffers are compared with mmap of the same size, pins with memcpy of it.
#include "openbar/openbar.hpp"

#include "comparison.hpp"

#include <fmt/format.h>
#include <linux/vfio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using openbar::benchmark::compare;
using openbar::benchmark::Comparison;

void require(bool done, std::string_view what) {
    if (done) return;
    std::perror(std::string(what).c_str());
    std::exit(1);
}

/// What has to happen to get zeroed memory at all.
std::span<std::byte> bare_pages(std::size_t size, int flags) {
    void* const base =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    require(base != MAP_FAILED, "mmap");
    return {static_cast<std::byte*>(base), size};
}

void free_pages(std::span<std::byte> pages) {
    ::munmap(pages.data(), pages.size());
}

/// The container that the library has opened: the kernel lets a program open a group once.
std::optional<int> container() {
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code error;
        if (std::filesystem::read_symlink(entry.path(), error) != "/dev/vfio/vfio") continue;
        const std::string name = entry.path().filename();
        int number = -1;
        std::from_chars(name.data(), name.data() + name.size(), number);
        return number;
    }
    return std::nullopt;
}

void bare_map(int container, std::span<std::byte> pages) {
    // The library takes its addresses from above.
    constexpr std::uint64_t iova = 0x100000;
    vfio_iommu_type1_dma_map map{.argsz = sizeof map,
                                 .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
                                 .vaddr = reinterpret_cast<std::uintptr_t>(pages.data()),
                                 .iova = iova,
                                 .size = pages.size()};
    require(::ioctl(container, VFIO_IOMMU_MAP_DMA, &map) == 0, "VFIO_IOMMU_MAP_DMA");
    vfio_iommu_type1_dma_unmap unmap{};
    unmap.argsz = sizeof unmap;
    unmap.iova = iova;
    unmap.size = pages.size();
    require(::ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap) == 0, "VFIO_IOMMU_UNMAP_DMA");
}

auto repeated(std::size_t times, auto work) {
    return [=] {
        for (std::size_t i = 0; i < times; ++i) work();
    };
}

void measure(std::vector<Comparison>& all, const openbar::Device& device,
             std::optional<int> container, std::size_t size) {
    const std::size_t times = size >= (16U << 20U) ? 2 : 20;
    const auto allocate = [&] { require(device.allocate_dma(size).has_value(), "allocate_dma"); };
    const auto memory = bare_pages(size, MAP_POPULATE);
    const auto pin = [&] { require(device.pin(memory).has_value(), "pin"); };
    const auto name = [&](std::string_view what) {
        return fmt::format("{} KiB: {}", size / 1024, what);
    };
    if (container) {
        all.push_back(compare(name("allocate, free / mmap and ioctls"), times,
                              repeated(times,
                                       [&] {
                                           const auto pages = bare_pages(size, 0);
                                           bare_map(*container, pages);
                                           free_pages(pages);
                                       }),
                              repeated(times, allocate), 31));
        all.push_back(compare(name("pin, unpin / ioctls"), times,
                              repeated(times, [&] { bare_map(*container, memory); }),
                              repeated(times, pin), 31));
    } else {
        all.push_back(compare(name("allocate, free / mmap"), times,
                              repeated(times, [&] { free_pages(bare_pages(size, MAP_POPULATE)); }),
                              repeated(times, allocate), 31));
        std::vector<std::byte> other(size);
        all.push_back(compare(name("pin, unpin / memcpy"), times,
                              repeated(times,
                                       [&] {
                                           std::memcpy(other.data(), memory.data(), size);
                                           __asm__ volatile("" ::: "memory");
                                       }),
                              repeated(times, pin), 31));
    }
    free_pages(memory);
}

}  // namespace

int main(int count, char** arguments) {
    bool json = false;
    std::string address = "sim:edu";
    for (int index = 1; index < count; ++index) {
        if (std::string_view(arguments[index]) == "--json")
            json = true;
        else
            address = arguments[index];
    }
    const auto device = openbar::Device::open(address);
    if (!device) {
        fmt::print(stderr, "{}\nusage: dma_benchmark [--json] [DEVICE]\n",
                   device.error().message());
        return 1;
    }
    std::vector<Comparison> all;
    for (const std::size_t kib : {4u, 64u, 1024u, 4096u, 65536u})
        measure(all, *device, container(), kib * 1024);
    openbar::benchmark::print(all, json);
}
