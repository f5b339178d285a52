/// Device addresses: the one string that says which device, and optionally through what.
///
///     auto address = openbar::DeviceAddress::parse("sysfs:0000:00:04.0");
///     if (!address) { std::cerr << address.error() << "\n"; return 1; }
///     auto device = openbar::Device::open(*address).value();
///
/// - `0000:03:00.0`, `03:00.0`: that PCI function, by the best way its present binding allows;
/// - `vfio:03:00.0`, `uio:…`, `sysfs:…`, `devmem:…`, `windows:…`: the same, through that back end
///   or not at all;
/// - `pci:1234:11e8`: the only function with that vendor and device id;
/// - `vfio-user:/run/card.sock`: a simulated card in another process;
/// - `sim:edu`, `sim:82540em,wire=loop`: a simulated card of ours, started for this program;
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

/// What carries the requests to a device.
enum class BackendKind : std::uint8_t { vfio, uio, sysfs, devmem, windows, vfio_user };

/// "vfio", "uio", "sysfs", "devmem", "windows", "vfio_user".
std::string_view to_string(BackendKind kind) noexcept;

/// Where a PCI function is: `0000:03:00.0`, all parts hexadecimal.
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

/// What a PCI function is, wherever it sits.
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

/// A device of Windows by its instance id, or by the path of its device interface: either holds
/// a backslash, which no other address begins with. UTF-8; letters of both cases are the same.
struct DevicePath {
    std::string path;
    friend bool operator==(const DevicePath&, const DevicePath&) = default;
};

struct DeviceAddress {
    std::variant<PciAddress, PciId, SocketPath, ModelName, PhysicalRange, DeviceTreePath,
                 DevicePath>
        target;
    std::optional<BackendKind> backend{};  ///< forced by its name in front

    /// Understands every form of the list above. Error: invalid_argument, which says what was
    /// wrong and shows a right form. Looks nothing up: whether the device exists is for `open`.
    [[nodiscard]] static Result<DeviceAddress> parse(std::string_view text);
    /// The canonical form, which `parse` takes back.
    [[nodiscard]] std::string to_string() const;
};

/// A number as people write it on a command line: decimal or 0x…, with an optional suffix k or
/// M or G (powers of 1024). Error: invalid_argument, also for what does not fit 64 bits.
[[nodiscard]] Result<std::uint64_t> parse_number(std::string_view text);

}  // namespace openbar
