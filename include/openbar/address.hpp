/// Device addresses: one string names the device and, optionally, the back end.
///
///     auto address = openbar::DeviceAddress::parse("sysfs:0000:00:04.0");
///     if (!address) { std::cerr << address.error() << "\n"; return 1; }
///     auto device = openbar::Device::open(*address).value();
///
/// - `0000:03:00.0`, `03:00.0`: that PCI function, through the best back end for its current
///   binding;
/// - `vfio:03:00.0`, `uio:…`, `sysfs:…`, `devmem:…`, `windows:…`: the same, through that back end
///   only;
/// - `pci:1234:11e8`: the only function with that vendor and device id;
/// - `vfio-user:/run/card.sock`: a simulated card in another process;
/// - `sim:edu`, `sim:82540em,wire=loop`: a simulated card inside this program;
/// - `mem:0xfed00000+0x1000`: a physical range through /dev/mem;
/// - `dt:/pl031@9010000`: a device-tree peripheral;
/// - `PCI\VEN_1234&DEV_11E8\3&1`, `\\?\pci#ven_1234…#{…}`: on Windows, the device with that
///   instance id, as the Device Manager shows it, or interface path.
#pragma once

#include "openbar/physical_range.hpp"
#include "openbar/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace openbar {

/// The part that carries the requests to a device.
enum class BackendKind : std::uint8_t { vfio, uio, sysfs, devmem, windows, vfio_user, sim };

/// "vfio", "uio", "sysfs", "devmem", "windows", "vfio_user", "sim".
std::string_view to_string(BackendKind kind) noexcept;

/// The place of a PCI function: `0000:03:00.0`, all parts hexadecimal.
struct PciAddress {
    std::uint32_t domain = 0;
    std::uint8_t bus = 0;
    std::uint8_t device = 0;    ///< 0…31
    std::uint8_t function = 0;  ///< 0…7
    friend auto operator<=>(const PciAddress&, const PciAddress&) = default;

    /// Takes "DDDD:BB:DD.F" or, for domain 0, "BB:DD.F". Error: invalid_argument.
    [[nodiscard]] static Result<PciAddress> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;  ///< always with the domain: "0000:03:00.0"
};

/// The vendor and device id of a PCI function.
struct PciId {
    std::uint16_t vendor = 0;
    std::uint16_t device = 0;
    friend bool operator==(const PciId&, const PciId&) = default;
};

/// The socket of a vfio-user server.
struct SocketPath {
    std::string path;
    friend bool operator==(const SocketPath&, const SocketPath&) = default;
};

/// A simulated card of openbar's, with its parameters: "82540em,wire=loop".
struct ModelName {
    std::string name;
    friend bool operator==(const ModelName&, const ModelName&) = default;
};

/// A node of the device tree.
struct DeviceTreePath {
    std::string path;
    friend bool operator==(const DeviceTreePath&, const DeviceTreePath&) = default;
};

/// A device of Windows, by its instance id or by the path of its device interface. Both contain a
/// backslash, and no other address does. UTF-8, case-insensitive.
struct DevicePath {
    std::string path;
    friend bool operator==(const DevicePath&, const DevicePath&) = default;
};

struct DeviceAddress {
    std::variant<PciAddress, PciId, SocketPath, ModelName, PhysicalRange, DeviceTreePath,
                 DevicePath>
        target;
    std::optional<BackendKind> backend{};  ///< forced by its name in front

    /// Accepts every form listed above. Does not check whether the device exists. Error:
    /// invalid_argument, with the mistake and a correct form.
    [[nodiscard]] static Result<DeviceAddress> parse(std::string_view text);
    /// The canonical form, which `parse` accepts.
    [[nodiscard]] std::string to_string() const;
};

/// Parses a number as written on a command line: decimal or 0x…, with an optional suffix k, M or G
/// (powers of 1024). Error: invalid_argument, also if the number does not fit into 64 bits.
[[nodiscard]] Result<std::uint64_t> parse_number(std::string_view text);

}  // namespace openbar
