// Opens a node of the live device tree: region N is the N-th entry of its `reg`.
//
// A UIO node offers block N as its map N: at N pages into the file, and from there as far as the
// block lies into its page (Linux, Documentation/driver-api/uio-howto.rst; drivers/uio/uio.c).
#include "openbar/device_tree.hpp"

#include "backends/open_backend.hpp"
#include "base/failure.hpp"
#include "base/system_root.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>

namespace openbar {
namespace {

/// The address of map `number` of a UIO device, or nothing.
std::optional<std::uint64_t> address_of_map(const std::string& uio, std::size_t number) {
    std::ifstream file(system_path(fmt::format("/sys/class/uio/{}/maps/map{}/addr", uio, number)));
    std::string text;
    if (!(file >> text)) return std::nullopt;
    const auto address = parse_number(text);
    return address ? std::optional(*address) : std::nullopt;
}

Result<std::vector<std::uint64_t>> places_in_uio(const PlatformPeripheral& peripheral) {
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    std::vector<std::uint64_t> places;
    for (const auto& block : peripheral.registers) {
        const std::uint64_t physical = block.physical->address;
        const auto mapped = address_of_map(peripheral.uio, places.size());
        // Kernels from 2.6.31 on give the start of the page, with the rest in `offset`.
        if (!mapped || (*mapped != physical && *mapped != physical / page * page))
            return failure(ErrorCode::unsupported,
                           fmt::format("map {} of /dev/{} is not its register block at {:#x}",
                                       places.size(), peripheral.uio, physical),
                           "take the node from its UIO driver, or open it as a range: mem:…");
        places.push_back(places.size() * page + physical % page);
    }
    return places;
}

}  // namespace

OpenedBackend open_device_tree(const DeviceTreePath& node, std::string address,
                               std::optional<BackendKind> forced, OpenOptions options) {
    OPENBAR_TRY(peripheral, resolve_peripheral(node.path));
    const BackendKind kind =
        forced.value_or(peripheral.uio.empty() ? BackendKind::devmem : BackendKind::uio);
    if (kind == BackendKind::devmem) return open_devmem(peripheral, std::move(address), options);
    if (kind != BackendKind::uio)
        return failure(
            ErrorCode::unsupported,
            fmt::format("the back end {} cannot open device-tree nodes", to_string(kind)),
            "use uio: or devmem:");
    if (peripheral.uio.empty())
        return failure(ErrorCode::not_found,
                       fmt::format("{} is not bound to a UIO driver", peripheral.path),
                       "load uio_pdrv_genirq with of_id= and its compatible, or use devmem:");
    OPENBAR_TRY(places, places_in_uio(peripheral));
    return open_platform_uio(peripheral, std::move(places), std::move(address), options);
}

}  // namespace openbar
