/// A back end of which only the address matters.
#pragma once

#include "device/backend.hpp"

namespace openbar {

class NamedBackend final : public Backend {
public:
    const DeviceInfo& info() const noexcept override { return info_; }
    Result<std::uint64_t> read(const RegionInfo&, std::uint64_t, unsigned) override { return {}; }
    Result<void> write(const RegionInfo&, std::uint64_t, unsigned, std::uint64_t) override {
        return {};
    }
    Result<MappedMemory> map(const RegionInfo&, Range, MemoryType, bool) override { return {}; }
    Result<std::unique_ptr<InterruptSource>> enable(InterruptKind, std::uint32_t) override {
        return {};
    }
    Result<void> set_bus_master(bool) override { return {}; }
    Result<void> reset() override { return {}; }

private:
    DeviceInfo info_{.address = "a card"};
};

}  // namespace openbar
