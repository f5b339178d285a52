/// A device node made for a test, with the driver that an INF installs for it.
///
///     DeviceNode node(L"root\\openbar_test");
///     if (!node.install(inf)) return fail(node.failure());
///     std::wstring path = node.interface_path();          // to be opened
///
/// The plug and play manager loads the driver, calls its AddDevice and starts the device; the
/// destructor has it removed.
#pragma once

#include <windows.h>
// After windows.h, which they do not include.
#include "driver/interface/openbar_ioctl.h"

#include <newdev.h>
#include <setupapi.h>

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace openbar::wine {

class DeviceNode {
public:
    explicit DeviceNode(std::wstring hardware_id) : hardware_id_(std::move(hardware_id)) {}
    DeviceNode(const DeviceNode&) = delete;
    DeviceNode& operator=(const DeviceNode&) = delete;
    ~DeviceNode() {
        remove();
        if (set_ != INVALID_HANDLE_VALUE) SetupDiDestroyDeviceInfoList(set_);
    }

    bool install(const std::wstring& inf) {
        GUID class_guid{};
        std::array<wchar_t, 64> class_name{};
        if (SetupDiGetINFClassW(inf.c_str(), &class_guid, class_name.data(),
                                static_cast<DWORD>(class_name.size()), nullptr) == 0)
            return fail("read the class from the INF");
        remove_leftovers(class_guid);
        delete_installed_drivers();
        set_ = SetupDiCreateDeviceInfoList(&class_guid, nullptr);
        if (set_ == INVALID_HANDLE_VALUE) return fail("make a device list");
        info_.cbSize = sizeof info_;
        if (SetupDiCreateDeviceInfoW(set_, class_name.data(), &class_guid, nullptr, nullptr,
                                     DICD_GENERATE_ID, &info_) == 0)
            return fail("make a device node");
        std::vector<wchar_t> ids(hardware_id_.begin(), hardware_id_.end());
        ids.insert(ids.end(), 2, L'\0');
        if (SetupDiSetDeviceRegistryPropertyW(
                set_, &info_, SPDRP_HARDWAREID, reinterpret_cast<const BYTE*>(ids.data()),
                static_cast<DWORD>(ids.size() * sizeof(wchar_t))) == 0)
            return fail("set the hardware id");
        if (SetupDiCallClassInstaller(DIF_REGISTERDEVICE, set_, &info_) == 0)
            return fail("register the device node");
        registered_ = true;
        BOOL reboot = FALSE;
        return UpdateDriverForPlugAndPlayDevicesW(nullptr, hardware_id_.c_str(), inf.c_str(),
                                                  INSTALLFLAG_FORCE, &reboot) != 0 ||
               fail("install the driver by its INF");
    }

    /// As plug and play does it: the driver gets its removal requests.
    bool remove() {
        if (!registered_) return true;
        registered_ = false;
        return SetupDiCallClassInstaller(DIF_REMOVE, set_, &info_) != 0 ||
               fail("remove the device");
    }

    /// Unloads the driver of a removed device: its service has the INF's name.
    bool unload(const std::wstring& inf) {
        const std::wstring file = inf.substr(inf.find_last_of(L"/\\") + 1);
        const std::wstring name = file.substr(0, file.find_last_of(L'.'));
        SC_HANDLE manager = OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT);
        SC_HANDLE service =
            OpenServiceW(manager, name.c_str(), SERVICE_STOP | SERVICE_QUERY_STATUS);
        SERVICE_STATUS status{};
        bool stopped = service != nullptr;
        // Wine's driver host ends with its last driver, and may do so before it answers. The
        // service manager then takes the service for one that is about to stop, for good.
        bool ended = false;
        if (stopped && ControlService(service, SERVICE_CONTROL_STOP, &status) == 0)
            stopped = ended = GetLastError() == ERROR_BROKEN_PIPE;
        for (int attempt = 0; stopped && !ended && attempt < 500; ++attempt) {
            if (QueryServiceStatus(service, &status) == 0 ||
                status.dwCurrentState == SERVICE_STOPPED)
                break;
            Sleep(10);
        }
        const DWORD error = GetLastError();
        if (service != nullptr) CloseServiceHandle(service);
        if (manager != nullptr) CloseServiceHandle(manager);
        SetLastError(error);
        return stopped || fail("stop the driver");
    }

    /// Of the first openbar device that is there; empty where there is none within the time.
    static std::wstring interface_path(DWORD milliseconds) {
        for (DWORD waited = 0;; waited += 20) {
            std::wstring path = find_interface();
            if (!path.empty() || waited >= milliseconds) return path;
            Sleep(20);
        }
    }

    [[nodiscard]] const std::string& failure() const { return failure_; }

private:
    /// Nodes of a test that was killed: the driver would be started for each of them, too.
    static void remove_leftovers(const GUID& class_guid) {
        HDEVINFO set = SetupDiGetClassDevsW(&class_guid, L"ROOT", nullptr, 0);
        if (set == INVALID_HANDLE_VALUE) return;
        SP_DEVINFO_DATA info{};
        info.cbSize = sizeof info;
        for (DWORD index = 0; SetupDiEnumDeviceInfo(set, index, &info) != 0; ++index)
            SetupDiCallClassInstaller(DIF_REMOVE, set, &info);
        SetupDiDestroyDeviceInfoList(set);
    }

    /// SetupAPI keeps an installed file of the same version, and every build has the same.
    static void delete_installed_drivers() {
        const std::wstring folder = L"C:\\windows\\system32\\drivers\\";
        WIN32_FIND_DATAW found{};
        HANDLE search = FindFirstFileW((folder + L"openbar*.sys").c_str(), &found);
        if (search == INVALID_HANDLE_VALUE) return;
        do DeleteFileW((folder + found.cFileName).c_str());
        while (FindNextFileW(search, &found) != 0);
        FindClose(search);
    }

    static std::wstring find_interface() {
        const GUID guid = OPENBAR_DEVICE_INTERFACE_GUID;
        HDEVINFO set =
            SetupDiGetClassDevsW(&guid, nullptr, nullptr, DIGCF_PRESENT | DIGCF_DEVICEINTERFACE);
        if (set == INVALID_HANDLE_VALUE) return {};
        std::wstring path;
        SP_DEVICE_INTERFACE_DATA data{};
        data.cbSize = sizeof data;
        for (DWORD index = 0; SetupDiEnumDeviceInterfaces(set, nullptr, &guid, index, &data) != 0;
             ++index) {
            if ((data.Flags & SPINT_ACTIVE) == 0) continue;
            std::array<std::uint64_t, 256> memory{};
            auto* detail = reinterpret_cast<SP_DEVICE_INTERFACE_DETAIL_DATA_W*>(memory.data());
            detail->cbSize = sizeof *detail;
            if (SetupDiGetDeviceInterfaceDetailW(set, &data, detail, sizeof memory, nullptr,
                                                 nullptr) != 0)
                path = detail->DevicePath;
        }
        SetupDiDestroyDeviceInfoList(set);
        return path;
    }

    bool fail(const char* attempted) {
        failure_ = std::string("cannot ") + attempted + ": error " + std::to_string(GetLastError());
        return false;
    }

    std::wstring hardware_id_;
    HDEVINFO set_ = INVALID_HANDLE_VALUE;
    SP_DEVINFO_DATA info_{};
    bool registered_ = false;
    std::string failure_;
};

}  // namespace openbar::wine
