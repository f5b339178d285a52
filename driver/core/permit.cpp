#include "driver/core/permit.hpp"

namespace openbar::driver {
namespace {

// Class and subclass. Source: PCI Code and ID Assignment Specification 1.11.
constexpr std::uint16_t refused_classes[] = {
    0x0600,  // host bridge
    0x0601,  // ISA bridge
    0x0604,  // PCI bridge
    0x0800,  // interrupt controller
    0x0801,  // DMA controller
    0x0802,  // timer
    0x0803,  // real-time clock
    0x0804,  // hot-plug controller
    0x0806,  // IOMMU
    0x0c05,  // SMBus: memory modules, voltages
    0x0c07,  // IPMI
    0x0c80,  // other serial bus: the firmware's flash memory
};

}  // namespace

bool is_never_a_programs(const Configuration& space) {
    if (space.header_type != 0) return true;
    const std::uint32_t class_and_subclass = space.class_code >> 8;
    for (const std::uint16_t refused : refused_classes)
        if (class_and_subclass == refused) return true;
    return false;
}

bool Permit::is_filled() const {
    return image_ != nullptr && image_->size == sizeof(openbar_permit) &&
           image_->function_count <= OPENBAR_MAX_PERMITTED &&
           image_->range_count <= OPENBAR_MAX_PERMITTED &&
           (image_->function_count != 0 || image_->range_count != 0);
}

bool Permit::allows_dma_without_iommu() const {
    return is_filled() && (image_->flags & OPENBAR_PERMIT_DMA_WITHOUT_IOMMU) != 0;
}

bool Permit::has_function(const Configuration& space) const {
    for (std::uint32_t i = 0; i < image_->function_count; ++i) {
        const volatile openbar_permitted_function& function = image_->functions[i];
        if (function.vendor != space.vendor || function.device != space.device) continue;
        if (function.which_subsystem == OPENBAR_ANY_SUBSYSTEM) return true;
        if (function.which_subsystem == OPENBAR_THIS_SUBSYSTEM &&
            function.subsystem_vendor == space.subsystem_vendor &&
            function.subsystem == space.subsystem)
            return true;
    }
    return false;
}

// A range that wraps is refused elsewhere, too; here it must not pass for a short one.
bool Permit::has_range(const ResourceRange& range) const {
    if (range.length == 0 || range.start + (range.length - 1) < range.start) return false;
    const std::uint32_t kind =
        range.kind == RangeKind::port ? OPENBAR_PERMITTED_PORTS : OPENBAR_PERMITTED_MEMORY;
    for (std::uint32_t i = 0; i < image_->range_count; ++i) {
        const volatile openbar_permitted_range& permitted = image_->ranges[i];
        if (permitted.kind == kind && range.start >= permitted.first &&
            range.start + (range.length - 1) <= permitted.last)
            return true;
    }
    return false;
}

Status Permit::check(const Resources& resources, const Configuration& space) const {
    if (!is_filled()) return Status::policy;
    if (resources.kind == DeviceKind::fixed_resources) {
        for (std::uint32_t i = 0; i < resources.range_count; ++i)
            if (!has_range(resources.ranges[i])) return Status::policy;
        return Status::ok;
    }
    if (space.readable)
        return has_function(space) && !is_never_a_programs(space) ? Status::ok : Status::policy;
    // What does not say what it is may have nothing that could do harm.
    const bool has_nothing = resources.range_count == 0 && !resources.line_interrupt &&
                             resources.message_interrupts == 0;
    return has_nothing ? Status::ok : Status::policy;
}

}  // namespace openbar::driver
