#include "driver/core/access.hpp"

#include "driver/core/interval.hpp"

namespace openbar::driver {
namespace {

constexpr std::uint64_t window_bytes = 64 * 1024;

bool has_width(const Region& region, unsigned width, unsigned widest) {
    return is_width(width) && width <= (region.kind == OPENBAR_REGION_MEMORY ? widest : 4u);
}

std::uint64_t mask_of(unsigned width) {
    return width == 8 ? UINT64_MAX : (std::uint64_t{1} << (8 * width)) - 1;
}

}  // namespace

Status check_access(const Device::State& state, std::uint32_t number, std::uint64_t offset,
                    unsigned width, std::uint64_t length, bool writing) {
    if (number >= OPENBAR_MAX_REGIONS) return Status::not_found;
    const Region& region = state.hardware.regions[number];
    if (region.kind == OPENBAR_REGION_ABSENT) return Status::not_found;
    if (!is_width(width)) return Status::invalid;
    if (!has_width(region, width, state.kernel.facts().max_width)) return Status::unsupported;
    if (!within(offset, length, region.size)) return Status::range;
    // A range of a fixed device may begin anywhere: what must be aligned is the address.
    if (((offset | (region.physical + offset)) & (width - 1)) != 0) return Status::alignment;
    if (writing) {
        if (overlap(offset, length, region.protected_offset, region.protected_length))
            return Status::protected_bytes;
        if (region.kind == OPENBAR_REGION_CONFIG &&
            !state.hardware.configuration.may_write(static_cast<std::uint32_t>(offset),
                                                    static_cast<std::uint32_t>(length)))
            return Status::protected_bytes;
    }
    return state.decodes(region) ? Status::ok : Status::asleep;
}

Status Access::prepare(std::uint32_t number) {
    const Region& region = state_.hardware.regions[number];
    if (region.kind != OPENBAR_REGION_MEMORY) return Status::ok;
    if (region.size > state_.kernel.facts().max_kernel_view) return Status::ok;
    if (views_[number].address != nullptr) return Status::ok;
    return state_.need_view(number, views_[number]);
}

void Access::close_window() {
    if (window_.address != nullptr) state_.kernel.unmap_io(window_);
    window_ = KernelView{};
}

Status Access::locate(std::uint32_t number, std::uint64_t offset, void*& address) {
    const Region& region = state_.hardware.regions[number];
    if (region.size <= state_.kernel.facts().max_kernel_view) {
        address = static_cast<char*>(views_[number].address) + offset;
        return Status::ok;
    }
    const bool inside = window_.address != nullptr && window_region_ == number &&
                        offset >= window_offset_ && offset - window_offset_ < window_.length;
    if (!inside) {
        close_window();
        window_region_ = number;
        window_offset_ = offset & ~(window_bytes - 1);
        const std::uint64_t rest = region.size - window_offset_;
        if (Status status = state_.kernel.map_io(region.physical + window_offset_,
                                                 rest < window_bytes ? rest : window_bytes,
                                                 region.type, window_);
            status != Status::ok)
            return status;
    }
    address = static_cast<char*>(window_.address) + (offset - window_offset_);
    return Status::ok;
}

Status Access::read(std::uint32_t number, std::uint64_t offset, unsigned width,
                    std::uint64_t& value) {
    Kernel& kernel = state_.kernel;
    const Region& region = state_.hardware.regions[number];
    if (region.kind == OPENBAR_REGION_PORT) {
        value = kernel.read_port(region.physical + offset, width) & mask_of(width);
        return Status::ok;
    }
    if (region.kind == OPENBAR_REGION_CONFIG) {
        std::uint32_t field = 0;
        if (!read_field(kernel, static_cast<std::uint32_t>(offset), width, field))
            return Status::device;
        value = field & mask_of(width);
        return Status::ok;
    }
    void* address = nullptr;
    if (Status status = locate(number, offset, address); status != Status::ok) return status;
    value = kernel.read_register(address, width) & mask_of(width);
    return Status::ok;
}

Status Access::write(std::uint32_t number, std::uint64_t offset, unsigned width,
                     std::uint64_t value) {
    Kernel& kernel = state_.kernel;
    const Region& region = state_.hardware.regions[number];
    if (region.kind == OPENBAR_REGION_PORT) {
        kernel.write_port(region.physical + offset, width, static_cast<std::uint32_t>(value));
        return Status::ok;
    }
    if (region.kind == OPENBAR_REGION_CONFIG)
        return write_field(kernel, static_cast<std::uint32_t>(offset), width,
                           static_cast<std::uint32_t>(value))
                   ? Status::ok
                   : Status::device;
    void* address = nullptr;
    if (Status status = locate(number, offset, address); status != Status::ok) return status;
    kernel.write_register(address, width, value & mask_of(width));
    return Status::ok;
}

}  // namespace openbar::driver
