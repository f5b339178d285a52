#include "backends/windows/device_interfaces.hpp"

#include "backends/windows/status.hpp"
#include "backends/windows/wide_text.hpp"

#include <setupapi.h>
#include <windows.h>

#include <array>
#include <charconv>
#include <memory>

namespace openbar::windows {
namespace {

struct DestroyList {
    void operator()(HDEVINFO list) const noexcept { SetupDiDestroyDeviceInfoList(list); }
};
using DeviceList = std::unique_ptr<void, DestroyList>;

Result<DeviceList> list_of(const GUID* interface_class, const wchar_t* enumerator, DWORD flags) {
    HDEVINFO list = SetupDiGetClassDevsW(interface_class, enumerator, nullptr, flags);
    if (list == INVALID_HANDLE_VALUE) return windows_failure(GetLastError(), "SetupDiGetClassDevs");
    return DeviceList(list);
}

std::wstring text_property(HDEVINFO list, SP_DEVINFO_DATA& device, DWORD property) {
    std::array<wchar_t, 1024> text{};
    const DWORD room = static_cast<DWORD>((text.size() - 1) * sizeof(wchar_t));
    if (SetupDiGetDeviceRegistryPropertyW(list, &device, property, nullptr,
                                          reinterpret_cast<BYTE*>(text.data()), room, nullptr) == 0)
        return {};
    return text.data();
}

std::optional<DWORD> number_property(HDEVINFO list, SP_DEVINFO_DATA& device, DWORD property) {
    DWORD number = 0;
    DWORD type = 0;
    if (SetupDiGetDeviceRegistryPropertyW(list, &device, property, &type,
                                          reinterpret_cast<BYTE*>(&number), sizeof number,
                                          nullptr) == 0 ||
        type != REG_DWORD)
        return std::nullopt;
    return number;
}

/// The hexadecimal digits behind `key`: "1234" of "PCI\VEN_1234&DEV_11E8&…" for "VEN_".
std::optional<std::uint32_t> id_part(std::string_view id, std::string_view key) {
    const auto at = id.find(key);
    if (at == std::string_view::npos) return std::nullopt;
    const auto digits = id.substr(at + key.size());
    std::uint32_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc()) return std::nullopt;
    return value;
}

/// Of the first hardware id, "PCI\VEN_v&DEV_d&SUBSYS_s&REV_r", and the third to come, which has
/// the class: Windows Driver Kit, "Identifiers for PCI Devices".
std::optional<PciIdentity> identity_by_hardware_id(HDEVINFO list, SP_DEVINFO_DATA& device) {
    std::array<wchar_t, 2048> ids{};
    if (SetupDiGetDeviceRegistryPropertyW(
            list, &device, SPDRP_HARDWAREID, nullptr, reinterpret_cast<BYTE*>(ids.data()),
            static_cast<DWORD>((ids.size() - 2) * sizeof(wchar_t)), nullptr) == 0)
        return std::nullopt;
    std::optional<PciIdentity> identity;
    for (const wchar_t* one = ids.data(); *one != L'\0'; one += std::wstring_view(one).size() + 1) {
        const std::string id = to_utf8(one);
        const auto vendor = id_part(id, "VEN_");
        const auto number = id_part(id, "DEV_");
        if (!id.starts_with("PCI\\") || !vendor || !number) continue;
        if (!identity) identity = PciIdentity{};
        identity->vendor = static_cast<std::uint16_t>(*vendor);
        identity->device = static_cast<std::uint16_t>(*number);
        if (const auto subsystem = id_part(id, "SUBSYS_")) {
            identity->subsystem = static_cast<std::uint16_t>(*subsystem >> 16);
            identity->subsystem_vendor = static_cast<std::uint16_t>(*subsystem);
        }
        if (const auto revision = id_part(id, "REV_"))
            identity->revision = static_cast<std::uint8_t>(*revision);
        if (const auto code = id_part(id, "CC_"); code && *code > 0xffff)
            identity->class_code = *code;
    }
    return identity;
}

InstalledDevice device_in(HDEVINFO list, SP_DEVINFO_DATA& info) {
    InstalledDevice device;
    std::array<wchar_t, 512> id{};
    if (SetupDiGetDeviceInstanceIdW(list, &info, id.data(), static_cast<DWORD>(id.size()),
                                    nullptr) != 0)
        device.instance_id = to_utf8(id.data());
    device.service = to_utf8(text_property(list, info, SPDRP_SERVICE));
    device.identity = identity_by_hardware_id(list, info);
    const auto bus = number_property(list, info, SPDRP_BUSNUMBER);
    const auto place = number_property(list, info, SPDRP_ADDRESS);
    // The bus driver of PCI puts the device number in the upper half, the function in the lower.
    if (device.identity && bus && place)
        device.pci = PciAddress{.domain = *bus >> 8,
                                .bus = static_cast<std::uint8_t>(*bus),
                                .device = static_cast<std::uint8_t>(*place >> 16),
                                .function = static_cast<std::uint8_t>(*place)};
    return device;
}

}  // namespace

Result<std::vector<InstalledDevice>> served_devices() {
    const GUID interface_class = OPENBAR_DEVICE_INTERFACE_GUID;
    OPENBAR_TRY(list, list_of(&interface_class, nullptr, DIGCF_PRESENT | DIGCF_DEVICEINTERFACE));
    std::vector<InstalledDevice> devices;
    SP_DEVICE_INTERFACE_DATA found{};
    found.cbSize = sizeof found;
    for (DWORD index = 0;
         SetupDiEnumDeviceInterfaces(list.get(), nullptr, &interface_class, index, &found) != 0;
         ++index) {
        if ((found.Flags & SPINT_ACTIVE) == 0) continue;
        std::array<std::uint64_t, 256> memory{};
        auto* detail = reinterpret_cast<SP_DEVICE_INTERFACE_DETAIL_DATA_W*>(memory.data());
        detail->cbSize = sizeof *detail;
        SP_DEVINFO_DATA info{};
        info.cbSize = sizeof info;
        if (SetupDiGetDeviceInterfaceDetailW(list.get(), &found, detail, sizeof memory, nullptr,
                                             &info) == 0)
            continue;
        devices.push_back(device_in(list.get(), info));
        devices.back().interface_path = to_utf8(detail->DevicePath);
    }
    return devices;
}

Result<std::vector<InstalledDevice>> devices_on_pci() {
    OPENBAR_TRY(list, list_of(nullptr, L"PCI", DIGCF_PRESENT | DIGCF_ALLCLASSES));
    std::vector<InstalledDevice> devices;
    SP_DEVINFO_DATA info{};
    info.cbSize = sizeof info;
    for (DWORD index = 0; SetupDiEnumDeviceInfo(list.get(), index, &info) != 0; ++index)
        devices.push_back(device_in(list.get(), info));
    return devices;
}

}  // namespace openbar::windows
