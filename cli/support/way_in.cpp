#include "cli/support/way_in.hpp"

#include <fmt/format.h>

namespace openbar::cli {
namespace {

std::string offers_of(BackendKind kind) {
    switch (kind) {
        case BackendKind::uio: return "mapping, interrupts of the INTx kind";
        case BackendKind::sysfs: return "mapping, no interrupts";
        default: return "mapping, interrupts, DMA";
    }
}

}  // namespace

WayIn way_into(const PciFunction& function) {
    if (const auto kind = backend_for(function))
        return {std::string(to_string(*kind)), offers_of(*kind)};
#ifdef _WIN32
    return {"-", "nothing: the driver openbar is not installed for it"};
#else
    return {"config",
            fmt::format("only its configuration space: {} owns the rest", function.kernel_driver)};
#endif
}

}  // namespace openbar::cli
