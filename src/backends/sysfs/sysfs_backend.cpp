// The sysfs back end: a PCI function that no driver is bound to. No interrupts, no DMA.
#include "backends/open_backend.hpp"
#include "backends/sysfs/better_driver.hpp"
#include "backends/sysfs/pci_sysfs_backend.hpp"
#include "base/failure.hpp"
#include "base/then.hpp"
#include "device/request_check.hpp"

#include <fmt/format.h>

namespace openbar {
namespace {

class SysfsBackend final : public PciSysfsBackend {
public:
    SysfsBackend(const PciFunction& function, std::unique_ptr<PciSysfs> files)
        : PciSysfsBackend(BackendKind::sysfs, std::move(files)) {
        info_.capabilities.interrupts = {.why_not = "sysfs offers no interrupts",
                                         .hint = sysfs::command_that_binds_better(function)};
    }

    Result<std::unique_ptr<InterruptSource>> enable(InterruptKind, std::uint32_t) override {
        return not_offered(info_.capabilities.interrupts,
                           fmt::format("enable an interrupt of {}", info_.address));
    }
};

}  // namespace

OpenedBackend open_sysfs(const PciFunction& function, std::string address, OpenOptions options) {
    return then(PciSysfs::open(function, std::move(address), "", options),
                [&](std::unique_ptr<PciSysfs> files) -> std::shared_ptr<Backend> {
                    return std::make_shared<SysfsBackend>(function, std::move(files));
                });
}

}  // namespace openbar
