/// A driver installed and started for as long as the object lives.
///
///     DriverService service(L"openbar_shared_buffer", L"C:\\…\\shared_buffer.sys");
///     if (!service.start()) return report(service.failure());
///
/// Needs an administrator. A service of the same name that an earlier run left behind is removed
/// first, so that the driver under test is the one that was given.
#pragma once

#include "driver/samples/programs/windows_error.hpp"

#include <windows.h>

#include <string>
#include <utility>

namespace openbar::samples {

/// A handle of the service manager, closed with the object.
class ServiceHandle {
public:
    explicit ServiceHandle(SC_HANDLE handle = nullptr) : handle_(handle) {}
    ServiceHandle(ServiceHandle&& other) noexcept
        : handle_(std::exchange(other.handle_, nullptr)) {}
    ServiceHandle& operator=(ServiceHandle&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~ServiceHandle() {
        if (handle_ != nullptr) CloseServiceHandle(handle_);
    }
    [[nodiscard]] SC_HANDLE get() const { return handle_; }
    explicit operator bool() const { return handle_ != nullptr; }

private:
    SC_HANDLE handle_;
};

class DriverService {
public:
    DriverService(std::wstring name, std::wstring image)
        : name_(std::move(name)),
          image_(std::move(image)),
          manager_(OpenSCManagerW(nullptr, nullptr, SC_MANAGER_ALL_ACCESS)) {}
    DriverService(const DriverService&) = delete;
    DriverService& operator=(const DriverService&) = delete;
    ~DriverService() { stop_and_remove(); }

    /// Installs and starts it; false with `failure()` set where either does not work.
    bool start() {
        if (!manager_) return fail("open the service manager (run as administrator)");
        service_ = ServiceHandle(OpenServiceW(manager_.get(), name_.c_str(), SERVICE_ALL_ACCESS));
        if (service_) stop_and_remove();
        service_ = ServiceHandle(
            CreateServiceW(manager_.get(), name_.c_str(), name_.c_str(), SERVICE_ALL_ACCESS,
                           SERVICE_KERNEL_DRIVER, SERVICE_DEMAND_START, SERVICE_ERROR_NORMAL,
                           image_.c_str(), nullptr, nullptr, nullptr, nullptr, nullptr));
        if (!service_) return fail("install the driver");
        return restart();
    }

    /// Starts the installed driver again, after `stop`. Tries for a second where the service
    /// manager gives an internal error, as Wine's did, once, while the process that had hosted the
    /// stopped driver was ending.
    bool restart() {
        for (int attempt = 0; attempt < 20; ++attempt) {
            if (StartServiceW(service_.get(), 0, nullptr) != 0) return true;
            if (GetLastError() != ERROR_INTERNAL_ERROR) break;
            Sleep(50);
        }
        return fail("start the driver");
    }

    /// Stops it, which unloads it. False where a handle to one of its devices is still open.
    bool stop() {
        SERVICE_STATUS status{};
        if (ControlService(service_.get(), SERVICE_CONTROL_STOP, &status) == 0)
            return fail("stop the driver");
        for (int attempt = 0; attempt < 200 && status.dwCurrentState != SERVICE_STOPPED;
             ++attempt) {
            Sleep(10);
            if (QueryServiceStatus(service_.get(), &status) == 0) return fail("query the driver");
        }
        return status.dwCurrentState == SERVICE_STOPPED || fail("wait for the driver to stop");
    }

    /// Sets a REG_DWORD in the driver's service key; the driver reads it when it starts.
    bool set_number(const wchar_t* value, DWORD number) {
        const std::wstring key = L"SYSTEM\\CurrentControlSet\\Services\\" + name_;
        const LSTATUS status = RegSetKeyValueW(HKEY_LOCAL_MACHINE, key.c_str(), value, REG_DWORD,
                                               &number, sizeof number);
        SetLastError(static_cast<DWORD>(status));
        return status == ERROR_SUCCESS || fail("write the driver's registry key");
    }

    [[nodiscard]] const std::string& failure() const { return failure_; }

private:
    void stop_and_remove() {
        if (!service_) return;
        stop();
        DeleteService(service_.get());
        service_ = ServiceHandle();
    }

    bool fail(const char* attempted) {
        failure_ = std::string("cannot ") + attempted + ": " + error_name(GetLastError());
        return false;
    }

    std::wstring name_;
    std::wstring image_;
    ServiceHandle manager_;
    ServiceHandle service_;
    std::string failure_;
};

}  // namespace openbar::samples
