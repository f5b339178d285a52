// The sysfs back end: a PCI function that no driver is bound to. No interrupts, no DMA.
#include "backends/open_backend.hpp"
#include "backends/sysfs/better_driver.hpp"
#include "backends/sysfs/pci_sysfs_backend.hpp"
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
        return not_offered(info_.capabilities.interrupts);
    }
};

}  // namespace

OpenedBackend open_sysfs(const PciFunction& function, std::string address, OpenOptions options) {
    OPENBAR_TRY(files, PciSysfs::open(function, std::move(address), "", options));
    return std::make_shared<SysfsBackend>(function, std::move(files));
}

}  // namespace openbar
