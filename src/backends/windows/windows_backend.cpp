#include "backends/windows/windows_backend.hpp"

#include "openbar/configuration.hpp"
#include "openbar/pci_registers.hpp"

#include "backends/windows/bus_memory.hpp"
#include "backends/windows/description.hpp"
#include "backends/windows/driver_handle.hpp"
#include "backends/windows/pended_interrupt.hpp"
#include "base/failure.hpp"
#include "device/request_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

namespace openbar::windows {
namespace {

/// A register program of one step, and its answer.
struct OneStep {
    openbar_program program{};
    openbar_step step{};
};
struct OneValue {
    openbar_program_result result{};
    std::uint64_t value = 0;
};

openbar_step step_of(const RegisterStep& step) {
    using Operation = RegisterStep::Operation;
    const bool is_delay = step.operation == Operation::delay;
    openbar_step asked{.width = static_cast<std::uint16_t>(is_delay ? 0 : step.width),
                       .region = is_delay ? 0 : step.region,
                       .offset = is_delay ? 0 : step.offset};
    switch (step.operation) {
        case Operation::read: asked.operation = OPENBAR_STEP_READ; break;
        case Operation::write:
            asked.operation = OPENBAR_STEP_WRITE;
            asked.value = step.value;
            break;
        case Operation::masked_write:
        case Operation::poll:
            asked.operation =
                step.operation == Operation::poll ? OPENBAR_STEP_POLL : OPENBAR_STEP_MASKED_WRITE;
            asked.value = step.value;
            asked.mask = step.mask;
            break;
        case Operation::delay: asked.operation = OPENBAR_STEP_DELAY; break;
    }
    if (is_delay || step.operation == Operation::poll)
        asked.time_ns = static_cast<std::uint64_t>(step.time.count());
    return asked;
}

class WindowsBackend final : public Backend {
public:
    WindowsBackend(DriverHandle driver, std::string address) : driver_(std::move(driver)) {
        info_.address = std::move(address);
        info_.backend = BackendKind::windows;
    }

    [[nodiscard]] Result<void> take_device(const InstalledDevice& device, OpenOptions options);

    const DeviceInfo& info() const noexcept override { return info_; }
    Result<std::uint64_t> read(const RegionInfo& region, std::uint64_t offset,
                               unsigned width) override;
    Result<void> run(std::span<const RegisterStep> steps, std::span<std::uint64_t> values) override;
    Result<void> write(const RegionInfo& region, std::uint64_t offset, unsigned width,
                       std::uint64_t value) override;
    Result<void> read_block(const RegionInfo& region, std::uint64_t offset,
                            std::span<std::byte> destination, unsigned width) override;
    Result<void> write_block(const RegionInfo& region, std::uint64_t offset,
                             std::span<const std::byte> source, unsigned width) override;
    Result<MappedMemory> map(const RegionInfo& region, Range part, MemoryType wanted,
                             bool writable) override;
    Result<std::unique_ptr<InterruptSource>> enable(InterruptKind kind,
                                                    std::uint32_t index) override {
        return PendedInterrupt::enable(driver_, kind, index, shared_from_this());
    }
    Result<DeviceMemory> allocate_dma(std::uint64_t size,
                                      const DmaConstraints& constraints) override;
    Result<DeviceMemory> pin(std::span<std::byte> memory, const PinOptions& options) override;
    Result<void> set_bus_master(bool enabled) override;
    Result<void> reset() override;

private:
    [[nodiscard]] Result<std::uint64_t> run(const openbar_step& step);
    [[nodiscard]] Result<void> transfer(std::uint32_t code, const RegionInfo& region,
                                        std::uint64_t offset, std::span<std::byte> bytes,
                                        unsigned width);
    [[nodiscard]] bool uses_msix();
    [[nodiscard]] SystemError switch_on(std::uint32_t code, bool on) const;

    DriverHandle driver_;
    DeviceInfo info_;
};

Result<void> WindowsBackend::take_device(const InstalledDevice& device, OpenOptions options) {
    OPENBAR_TRY(description, driver_.describe());
    info_.pci = address_of(description);
    info_.identity = identity_of(description);
    info_.kernel_driver = device.service;
    info_.regions = regions_of(description);
    info_.vectors = vectors_of(description, uses_msix());
    info_.capabilities = capabilities_of(description);
    if (options.shared) return {};
    const SystemError error = switch_on(OPENBAR_IOCTL_CLAIM, true);
    if (error == 0) return {};
    Error refused = request_failure(error);
    if (refused.code == ErrorCode::busy)
        refused.hint =
            "end the program that has it, or open the device shared (OpenOptions::shared, "
            "--shared)";
    return refused;
}

/// Windows enables one kind of messages, MSI-X where the function has it; which, its capability
/// says: PCI Local Bus Specification 3.0, section 6.8.2.3.
bool WindowsBackend::uses_msix() {
    const auto region = std::ranges::find(info_.regions, configuration_region, &RegionInfo::index);
    if (region == info_.regions.end() || region->kind != RegionKind::configuration) return false;
    bool enabled = false;
    pci::walk_capabilities(
        [&](std::uint32_t offset, unsigned width, std::uint32_t& value) {
            value = static_cast<std::uint32_t>(read(*region, offset, width).value_or(0));
            return true;
        },
        [&](const pci::CapabilityPlace& place) {
            if (place.id != pci::capability::msix) return true;
            const auto control = read(*region, place.offset + pci::msix_control, 2).value_or(0);
            enabled = (control & pci::msix_enable) != 0;
            return false;
        });
    return enabled;
}

Result<std::uint64_t> WindowsBackend::run(const openbar_step& step) {
    OneStep asked{.step = step};
    openbar_prepare(&asked.program.header, sizeof asked);
    asked.program.step_count = 1;
    OneValue answer;
    if (const SystemError error = driver_.call(OPENBAR_IOCTL_PROGRAM, asked, answer))
        return request_failure(error);
    if (answer.result.status != OPENBAR_STATUS_OK) return status_failure(answer.result.status);
    return answer.value;
}

Result<void> WindowsBackend::run(std::span<const RegisterStep> steps,
                                 std::span<std::uint64_t> values) {
    openbar_program program{};
    std::vector<std::byte> asked(sizeof program + steps.size() * sizeof(openbar_step));
    openbar_prepare(&program.header, static_cast<std::uint32_t>(asked.size()));
    program.step_count = static_cast<std::uint32_t>(steps.size());
    std::memcpy(asked.data(), &program, sizeof program);
    for (std::size_t index = 0; index < steps.size(); ++index) {
        const openbar_step step = step_of(steps[index]);
        std::memcpy(asked.data() + sizeof program + index * sizeof step, &step, sizeof step);
    }
    openbar_program_result result{};
    std::vector<std::byte> answer(sizeof result + values.size_bytes());
    if (const SystemError error = driver_.call(OPENBAR_IOCTL_PROGRAM, asked.data(), asked.size(),
                                               answer.data(), answer.size()))
        return request_failure(error);
    std::memcpy(&result, answer.data(), sizeof result);
    if (result.status != OPENBAR_STATUS_OK)
        return Result<void>(status_failure(result.status)).attempting([&] {
            return describe_step(steps, std::min<std::size_t>(result.steps_done, steps.size() - 1));
        });
    std::memcpy(values.data(), answer.data() + sizeof result, values.size_bytes());
    return {};
}

Result<std::uint64_t> WindowsBackend::read(const RegionInfo& region, std::uint64_t offset,
                                           unsigned width) {
    return run({.operation = OPENBAR_STEP_READ,
                .width = static_cast<std::uint16_t>(width),
                .region = region.index,
                .offset = offset});
}

Result<void> WindowsBackend::write(const RegionInfo& region, std::uint64_t offset, unsigned width,
                                   std::uint64_t value) {
    OPENBAR_TRY(done, run({.operation = OPENBAR_STEP_WRITE,
                           .width = static_cast<std::uint16_t>(width),
                           .region = region.index,
                           .offset = offset,
                           .value = value}));
    return {};
}

Result<void> WindowsBackend::transfer(std::uint32_t code, const RegionInfo& region,
                                      std::uint64_t offset, std::span<std::byte> bytes,
                                      unsigned width) {
    while (!bytes.empty()) {
        const auto part = bytes.first(std::min<std::size_t>(bytes.size(), OPENBAR_MAX_BULK));
        auto asked = prepared<openbar_bulk>();
        asked.region = region.index;
        asked.width = static_cast<std::uint16_t>(width);
        asked.offset = offset;
        if (const SystemError error =
                driver_.call(code, &asked, sizeof asked, part.data(), part.size()))
            return request_failure(error);
        bytes = bytes.subspan(part.size());
        offset += part.size();
    }
    return {};
}

Result<void> WindowsBackend::read_block(const RegionInfo& region, std::uint64_t offset,
                                        std::span<std::byte> destination, unsigned width) {
    return transfer(OPENBAR_IOCTL_BULK_READ, region, offset, destination, width);
}

Result<void> WindowsBackend::write_block(const RegionInfo& region, std::uint64_t offset,
                                         std::span<const std::byte> source, unsigned width) {
    // The driver reads these bytes only.
    return transfer(OPENBAR_IOCTL_BULK_WRITE, region, offset,
                    {const_cast<std::byte*>(source.data()), source.size()}, width);
}

// A mapping of the driver's can always be written: it is made for reading only in name.
Result<MappedMemory> WindowsBackend::map(const RegionInfo& region, Range part, MemoryType wanted,
                                         bool) {
    auto asked = prepared<openbar_map>();
    asked.region = region.index;
    asked.memory_type = contract_type_of(wanted);
    asked.offset = part.offset;
    asked.length = part.length;
    openbar_mapping given{};
    if (const SystemError error = driver_.call(OPENBAR_IOCTL_MAP, asked, given))
        return request_failure(error);
    auto owner = std::make_shared<const DriverObject>(shared_from_this(), driver_,
                                                      OPENBAR_IOCTL_UNMAP, given.object);
    return MappedMemory{reinterpret_cast<std::byte*>(static_cast<std::uintptr_t>(given.address)),
                        memory_type_of(given.memory_type), std::move(owner)};
}

Result<DeviceMemory> WindowsBackend::allocate_dma(std::uint64_t size,
                                                  const DmaConstraints& constraints) {
    return allocate_bus_memory(driver_, size, constraints, shared_from_this());
}

Result<DeviceMemory> WindowsBackend::pin(std::span<std::byte> memory, const PinOptions& options) {
    return pin_memory(driver_, memory, options, shared_from_this());
}

SystemError WindowsBackend::switch_on(std::uint32_t code, bool on) const {
    auto asked = prepared<openbar_switch>();
    asked.on = on ? 1 : 0;
    return driver_.call(code, asked);
}

Result<void> WindowsBackend::set_bus_master(bool enabled) {
    if (const SystemError error = switch_on(OPENBAR_IOCTL_BUS_MASTER, enabled))
        return request_failure(error);
    return {};
}

Result<void> WindowsBackend::reset() {
    openbar_header asked{};
    openbar_prepare(&asked, sizeof asked);
    if (const SystemError error = driver_.call(OPENBAR_IOCTL_RESET, asked))
        return request_failure(error);
    return {};
}

}  // namespace

Result<std::shared_ptr<Backend>> open_backend(const InstalledDevice& device, std::string address,
                                              OpenOptions options) {
    OPENBAR_TRY(driver, DriverHandle::open(device.interface_path, DriverHandle::Access::full));
    auto backend = std::make_shared<WindowsBackend>(std::move(driver), std::move(address));
    OPENBAR_TRY(taken, backend->take_device(device, options));
    return backend;
}

}  // namespace openbar::windows
