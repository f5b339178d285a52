// Vectors of a device, and waits for them.
#include "c/handles.hpp"
#include "c/last_error.hpp"
#include "c/structures.hpp"
#include "c/timeout.hpp"

namespace openbar::c {
namespace {

Result<Interrupt> enable(const Device& device, std::uint32_t kind, std::uint32_t index) {
    if (kind == OPENBAR_BEST_KIND) return device.vector(index);
    if (kind <= OPENBAR_MSIX) return device.vector(static_cast<InterruptKind>(kind), index);
    return failure(ErrorCode::invalid_argument, fmt::format("there is no interrupt kind {}", kind),
                   "use OPENBAR_BEST_KIND, OPENBAR_INTX, OPENBAR_MSI or OPENBAR_MSIX");
}

Result<void> enable_vector(openbar_device handle, std::uint32_t kind, std::uint32_t index,
                           openbar_interrupt* out) {
    OPENBAR_TRY(opened, handles::find<OpenDevice>(handle));
    OPENBAR_TRY(checked, check_pointer(out, "the output pointer"));
    OPENBAR_TRY(interrupt, enable(opened->device, kind, index));
    *out = handles::add(std::make_shared<EnabledVector>(EnabledVector{std::move(interrupt)}));
    return {};
}

Result<void> get_info(openbar_interrupt handle, openbar_interrupt_info* out) {
    OPENBAR_TRY(enabled, handles::find<EnabledVector>(handle));
    const Interrupt& interrupt = enabled->interrupt;
    openbar_interrupt_info info{};
    info.kind = static_cast<std::uint32_t>(interrupt.kind());
    info.vector = interrupt.vector();
    info.native_handle = (intptr_t)interrupt.native_handle();
    return give(out, info);
}

Result<void> wait(openbar_interrupt handle, std::uint64_t timeout, std::uint64_t* count) {
    OPENBAR_TRY(enabled, handles::find<EnabledVector>(handle));
    OPENBAR_TRY(fired, enabled->interrupt.wait(timeout_from(timeout)));
    if (count != nullptr) *count = fired;
    return {};
}

}  // namespace
}  // namespace openbar::c

using namespace openbar::c;

openbar_code openbar_enable_vector(openbar_device device, uint32_t kind, uint32_t index,
                                   openbar_interrupt* interrupt) {
    return call("enable a vector", [&] { return enable_vector(device, kind, index, interrupt); });
}

openbar_code openbar_interrupt_get_info(openbar_interrupt interrupt, openbar_interrupt_info* info) {
    return call("get the information of an interrupt", [&] { return get_info(interrupt, info); });
}

openbar_code openbar_wait(openbar_interrupt interrupt, uint64_t timeout, uint64_t* count) {
    return call("wait for an interrupt", [&] { return wait(interrupt, timeout, count); });
}

openbar_code openbar_mask(openbar_interrupt interrupt) {
    return call("mask an interrupt", [&]() -> openbar::Result<void> {
        OPENBAR_TRY(enabled, handles::find<EnabledVector>(interrupt));
        return enabled->interrupt.mask();
    });
}

openbar_code openbar_unmask(openbar_interrupt interrupt) {
    return call("unmask an interrupt", [&]() -> openbar::Result<void> {
        OPENBAR_TRY(enabled, handles::find<EnabledVector>(interrupt));
        return enabled->interrupt.unmask();
    });
}

openbar_code openbar_trigger(openbar_interrupt interrupt) {
    return call("trigger an interrupt", [&]() -> openbar::Result<void> {
        OPENBAR_TRY(enabled, handles::find<EnabledVector>(interrupt));
        return enabled->interrupt.trigger();
    });
}
