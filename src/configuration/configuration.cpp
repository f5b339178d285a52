#include "openbar/configuration.hpp"

#include "configuration/capability_list.hpp"

namespace openbar {

Result<std::uint32_t> Configuration::read(const ConfigurationRegister& which) const {
    return region_.read_width(which.offset, which.width).transform([](std::uint64_t value) {
        return static_cast<std::uint32_t>(value);
    });
}

Result<void> Configuration::write(const ConfigurationRegister& which, std::uint32_t value) const {
    return region_.write_width(which.offset, which.width, value);
}

Result<std::vector<PciCapability>> Configuration::capabilities() const {
    const auto read = [this](std::uint64_t offset, unsigned width) {
        return region_.read_width(offset, width);
    };
    return configuration::walk_capabilities(read, region_.size()).attempting([] {
        return "walk the capability list";
    });
}

}  // namespace openbar
