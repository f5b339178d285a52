// Opening a device, mapping BAR 0, reading one register and closing again: openbar's library
// against what else does it in a program, and a whole program with openbar against whole programs
// without.
//
// The ways do different amounts of work, and docs/performance.md says which. The bare one opens
// `resource0` and maps it, and is what nobody can better.
#include "openbar/device.hpp"

#include "comparison.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pciaccess.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using openbar::benchmark::compare;
using openbar::benchmark::Comparison;

constexpr std::uint32_t edu_identification = 0x010000ed;

// A benchmark that measures failures measures nothing.
void check(bool right, std::string_view what) {
    if (right) return;
    fmt::print(stderr, "{} went wrong\n", what);
    std::exit(1);
}

void by_openbar(const std::string& address) {
    const auto device = openbar::Device::open(address);
    check(device.has_value(), "opening by openbar");
    const auto registers = device->map(0);
    check(registers && registers->load<std::uint32_t>(0) == edu_identification, "openbar's read");
}

void by_bare_calls(const std::string& resource, std::size_t size) {
    const int file = ::open(resource.c_str(), O_RDWR | O_SYNC | O_CLOEXEC);
    void* base = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    check(base != MAP_FAILED, "mapping by bare calls");
    check(*static_cast<volatile std::uint32_t*>(base) == edu_identification, "the bare read");
    ::munmap(base, size);
    ::close(file);
}

void read_by_libpciaccess(const openbar::PciAddress& at) {
    pci_device* device = pci_device_find_by_slot(at.domain, at.bus, at.device, at.function);
    check(device != nullptr && pci_device_probe(device) == 0, "probing by libpciaccess");
    const pci_mem_region& bar = device->regions[0];
    void* base = nullptr;
    check(pci_device_map_range(device, bar.base_addr, bar.size, PCI_DEV_MAP_FLAG_WRITABLE, &base) ==
              0,
          "mapping by libpciaccess");
    check(*static_cast<volatile std::uint32_t*>(base) == edu_identification, "libpciaccess's read");
    pci_device_unmap_range(device, base, bar.size);
}

void by_libpciaccess(const openbar::PciAddress& at) {
    check(pci_system_init() == 0, "starting libpciaccess");
    read_by_libpciaccess(at);
    pci_system_cleanup();
}

void run(std::vector<std::string> command) {
    std::vector<char*> arguments;
    for (std::string& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t process = 0;
    int status = 1;
    const int error =
        posix_spawnp(&process, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    check(error == 0 && ::waitpid(process, &status, 0) == process && status == 0, command[0]);
}

void write_enable(const std::string& directory, std::string_view text) {
    std::ofstream file(directory + "/enable");
    check(static_cast<bool>(file << text << std::flush), "the kernel's enable file");
}

openbar::DeviceInfo describe(const std::string& address) {
    const auto device = openbar::Device::open(address);
    check(device.has_value(), "opening by openbar");
    return device->info();
}

std::vector<Comparison> compare_in_program(const std::string& address,
                                           const openbar::DeviceInfo& info) {
    const auto at = *info.pci;
    const std::string directory = "/sys/bus/pci/devices/" + at.to_string();
    std::vector<Comparison> results;
    const auto against = [&](const std::string& what, const std::function<void()>& baseline) {
        results.push_back(compare(
            what, 1, baseline, [&] { by_openbar(address); }, 21));
    };
    const auto bare = [&] { by_bare_calls(directory + "/resource0", info.regions.front().size); };
    against("bare calls; disabled before", bare);
    against("libpciaccess; disabled before", [&] { by_libpciaccess(at); });
    write_enable(directory, "1");
    against("bare calls", bare);
    against("libpciaccess", [&] { by_libpciaccess(at); });
    check(pci_system_init() == 0, "starting libpciaccess");
    against("libpciaccess, which knows all devices", [&] { read_by_libpciaccess(at); });
    pci_system_cleanup();
    write_enable(directory, "0");
    return results;
}

/// `openbar` is the command line's program; this program does the same with nothing else in it.
std::vector<Comparison> compare_programs(const std::string& self, const std::string& openbar,
                                         const std::string& address,
                                         const openbar::DeviceInfo& info) {
    const auto& bar = info.regions.front();
    const std::vector<std::string> devmem{"busybox", "devmem",
                                          fmt::format("{:#x}", bar.physical_address), "32"};
    const std::vector<std::string> python{
        "/usr/bin/python3", "-c",
        fmt::format("import mmap, os\n"
                    "f = os.open('/sys/bus/pci/devices/{}/resource0', os.O_RDWR | os.O_SYNC)\n"
                    "m = mmap.mmap(f, {})\n"
                    "print(hex(memoryview(m).cast('I')[0]))\n",
                    info.pci->to_string(), bar.size)};
    const std::vector<std::string> smallest{self, "--once", address};
    const std::vector<std::string> command{openbar, "read", address, "bar0", "0"};
    std::vector<Comparison> results;
    const auto against = [&](const std::string& name, const auto& baseline, const auto& measured) {
        results.push_back(compare(
            name, 1, [&] { run(baseline); }, [&] { run(measured); }, 7));
    };
    against("busybox devmem: a program with openbar", devmem, smallest);
    against("python3 mmap: a program with openbar", python, smallest);
    if (::access(openbar.c_str(), X_OK) != 0) return results;
    against("busybox devmem: openbar read", devmem, command);
    against("python3 mmap: openbar read", python, command);
    return results;
}

}  // namespace

int main(int count, char** arguments) {
    const std::vector<std::string> words(arguments, arguments + count);
    if (count == 3 && words[1] == "--once") {
        by_openbar(words[2]);
        return 0;
    }
    const bool json = words.back() == "--json";
    if (count != 3 + json) {
        std::fputs("usage: opening_benchmark EDU-ADDRESS OPENBAR-PROGRAM [--json]\n", stderr);
        return 2;
    }
    const auto info = describe(words[1]);
    auto results = compare_in_program(words[1], info);
    for (auto& row : compare_programs(words[0], words[2], words[1], info)) results.push_back(row);
    openbar::benchmark::print(results, json);
}
