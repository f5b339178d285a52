// Request access, Region::read and Region::write, against the bare pread and pwrite of the
// descriptor that it ends in: VFIO's, or the `resourceN` file of a port-I/O region.
#include "openbar/device.hpp"

#include "comparison.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/vfio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace {

using openbar::benchmark::compare;
using openbar::benchmark::Comparison;

constexpr std::size_t accesses = 1000;

// A benchmark that measures failures measures nothing.
void check(bool right, std::string_view what) {
    if (right) return;
    fmt::print(stderr, "{} went wrong\n", what);
    std::exit(1);
}

/// What requests to a region end in, and where the region starts in it.
struct File {
    int descriptor = -1;
    off_t start = 0;
};

/// The library's own descriptor: VFIO gives a device to one opener, so that there is no other.
int vfio_descriptor() {
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code error;
        if (std::filesystem::read_symlink(entry.path(), error) == "anon_inode:[vfio-device]")
            return std::stoi(entry.path().filename().string());
    }
    return -1;
}

File find_file(const openbar::DeviceInfo& info, openbar::RegionIndex index) {
    if (info.backend == openbar::BackendKind::vfio) {
        vfio_region_info region{};
        region.argsz = sizeof region;
        region.index = index;
        const int descriptor = vfio_descriptor();
        check(::ioctl(descriptor, VFIO_DEVICE_GET_REGION_INFO, &region) == 0, "asking VFIO");
        return {descriptor, static_cast<off_t>(region.offset)};
    }
    const bool config = index == openbar::configuration_region;
    const auto path = fmt::format("/sys/bus/pci/devices/{}/{}", info.pci->to_string(),
                                  config ? "config" : fmt::format("resource{}", index));
    return {::open(path.c_str(), O_RDWR | O_CLOEXEC)};
}

void compare_region(const openbar::Device& device, const openbar::Region& region,
                    std::uint64_t offset, std::vector<Comparison>& results) {
    const File file = find_file(device.info(), region.info().index);
    check(file.descriptor >= 0, "finding the descriptor");
    const off_t at = file.start + static_cast<off_t>(offset);
    const std::string name =
        fmt::format("{}, {}", to_string(device.info().backend), region.info().name);
    results.push_back(compare(
        name + ": read", accesses,
        [&] {
            std::uint32_t value = 0;
            for (std::size_t i = 0; i < accesses; ++i)
                check(::pread(file.descriptor, &value, sizeof value, at) == sizeof value, "pread");
        },
        [&] {
            for (std::size_t i = 0; i < accesses; ++i)
                check(region.read<std::uint32_t>(offset).has_value(), "Region::read");
        }));
    if (region.info().kind == openbar::RegionKind::configuration) return;
    results.push_back(compare(
        name + ": write", accesses,
        [&] {
            const std::uint32_t value = 0;
            for (std::size_t i = 0; i < accesses; ++i)
                check(::pwrite(file.descriptor, &value, sizeof value, at) == sizeof value,
                      "pwrite");
        },
        [&] {
            for (std::size_t i = 0; i < accesses; ++i)
                check(region.write<std::uint32_t>(offset, 0).has_value(), "Region::write");
        }));
}

}  // namespace

int main(int count, char** arguments) {
    const std::vector<std::string> words(arguments, arguments + count);
    const bool json = words.back() == "--json";
    if (count != 3 + json) {
        std::fputs("usage: requests_benchmark ADDRESS OFFSET-IN-BAR0 [--json]\n", stderr);
        return 2;
    }
    const auto device = openbar::Device::open(words[1]);
    if (!device) {
        fmt::print(stderr, "{}\n", device.error().message());
        return 1;
    }
    const std::uint64_t offset = std::stoull(words[2], nullptr, 0);
    std::vector<Comparison> results;
    const auto bar = device->region(0);
    const auto config = device->region(openbar::configuration_region);
    check(bar && config, "finding the regions");
    compare_region(*device, *bar, offset, results);
    compare_region(*device, *config, 0, results);
    openbar::benchmark::print(results, json);
}
