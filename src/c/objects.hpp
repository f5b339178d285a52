/// The objects behind the handles.
#pragma once

#include "openbar/description.hpp"
#include "openbar/device.hpp"
#include "openbar/pci.hpp"

#include "c/card_description.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#ifndef _WIN32
#include "openbar/device_tree.hpp"
#endif

namespace openbar::c {

struct OpenDevice {
    static constexpr std::string_view kind = "device";
    Device device;
    std::string pci_address;
};

struct MappedPart {
    static constexpr std::string_view kind = "mapping";
    Mapping mapping;
};

struct EnabledVector {
    static constexpr std::string_view kind = "interrupt";
    Interrupt interrupt;
};

struct Subscription {
    static constexpr std::string_view kind = "subscription to events";
    Events events;
};

struct MemoryForDevice {
    static constexpr std::string_view kind = "memory";
    std::variant<DmaBuffer, PinnedMemory> memory;

    [[nodiscard]] const DmaMemory& get() const noexcept {
        if (const auto* buffer = std::get_if<DmaBuffer>(&memory)) return *buffer;
        return *std::get_if<PinnedMemory>(&memory);
    }
};

struct FunctionList {
    static constexpr std::string_view kind = "list of functions";
    std::vector<PciFunction> functions;
    std::vector<std::string> addresses;
};

/// Of a device tree. On other systems than Linux there is none.
struct FoundPeripheral {
    static constexpr std::string_view kind = "peripheral";
#ifndef _WIN32
    PlatformPeripheral peripheral;
#endif
};

/// What a handle may stand for. Empty: nothing, a free slot.
using Object =
    std::variant<std::monostate, std::shared_ptr<OpenDevice>, std::shared_ptr<MappedPart>,
                 std::shared_ptr<EnabledVector>, std::shared_ptr<Subscription>,
                 std::shared_ptr<MemoryForDevice>, std::shared_ptr<FunctionList>,
                 std::shared_ptr<CardDescription>, std::shared_ptr<FoundPeripheral>>;

}  // namespace openbar::c
