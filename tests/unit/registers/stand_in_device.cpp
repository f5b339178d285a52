#include "stand_in_device.hpp"

#include "device/backend.hpp"

#include <cstring>

namespace openbar {

namespace test {

StandInDevice& stand_in_device() {
    static StandInDevice device;
    return device;
}

namespace {

const RegionInfo bar0{.index = 0, .name = "bar0", .size = sizeof(StandInDevice::memory)};

Result<std::byte*> request(std::uint64_t offset) {
    StandInDevice& device = stand_in_device();
    ++device.requests;
    if (device.fails_at == offset)
        return Error{ErrorCode::removed, "reach bar0", "the card has gone", "", 0};
    return device.memory.data() + offset;
}

}  // namespace
}  // namespace test

Result<Device> Device::open(std::string_view, OpenOptions) {
    return Device(nullptr);
}

Result<Region> Device::region(RegionIndex) const {
    return Region(backend_, &test::bar0);
}

Result<Mapping> Device::map(RegionIndex, MapOptions options) const {
    auto& memory = test::stand_in_device().memory;
    return Mapping(memory.data() + options.offset, memory.size() - options.offset, options.offset,
                   MemoryType::cached, nullptr, nullptr);
}

Result<std::uint64_t> Region::read_width(std::uint64_t offset, unsigned width) const {
    auto source = test::request(offset);
    if (!source) return std::move(source).error();
    std::uint64_t value = 0;
    std::memcpy(&value, *source, width);
    return value;
}

Result<void> Region::write_width(std::uint64_t offset, unsigned width, std::uint64_t value) const {
    auto destination = test::request(offset);
    if (!destination) return std::move(destination).error();
    std::memcpy(*destination, &value, width);
    return {};
}

}  // namespace openbar
