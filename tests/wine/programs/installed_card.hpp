/// A driver on a simulated card, installed by its INF for as long as a test lasts.
///
///     InstalledCard card(inf, library);
///     if (const auto path = card.install(report); !path.empty()) use(path);
///     card.uninstall(report);                  // and what the kernel's stand-in has to complain
///     of
#pragma once

#include "driver/samples/programs/options.hpp"
#include "driver/samples/programs/report.hpp"
#include "tests/wine/programs/complaints.hpp"
#include "tests/wine/programs/device_node.hpp"

#include <windows.h>

#include <string>
#include <utility>

namespace openbar::wine {

class InstalledCard {
public:
    /// `library` is openbar_hardware.dll, which the driver loads.
    InstalledCard(std::wstring inf, std::wstring library)
        : inf_(samples::absolute_path(inf)), library_(samples::absolute_path(library)) {}

    /// The device's interface path; empty where it did not come to that.
    const std::wstring& install(samples::Report& report) {
        forget_complaints();
        CopyFileW(library_.c_str(), L"C:\\windows\\system32\\openbar_hardware.dll", FALSE);
        const bool installed = node_.install(inf_);
        report.add("install by INF", "", "done", installed ? "done" : node_.failure());
        path_ = DeviceNode::interface_path(5000);
        report.add("device interface", "", "found", path_.empty() ? "not there" : "found");
        return path_;
    }

    void uninstall(samples::Report& report) {
        const bool removed = node_.remove();
        report.add("remove", "", "done", removed ? "done" : node_.failure());
        const bool unloaded = node_.unload(inf_);
        report.add("unload", "", "done", unloaded ? "done" : node_.failure());
        report.add("rules of the kernel", "", "none broken", broken_rules());
    }

private:
    std::wstring inf_;
    std::wstring library_;
    DeviceNode node_{L"root\\openbar_hardware_test"};
    std::wstring path_;
};

}  // namespace openbar::wine
