/// The core's kernel, made of Windows: each function does what driver/core/kernel.hpp says of it.
///
/// One for each device, inside its device extension. What belongs together is in a separate class
/// (interrupts, DMA memory, configuration space, power requests); this one hands over to them.
#pragma once

#include "driver/core/device.hpp"
#include "driver/core/kernel.hpp"
#include "driver/windows/configuration_bus.hpp"
#include "driver/windows/dma_memory.hpp"
#include "driver/windows/interrupts.hpp"
#include "driver/windows/power_requests.hpp"
#include "driver/windows/support/passive_locks.hpp"
#include "driver/windows/support/remove_lock.hpp"

namespace openbar::windows {

class WindowsKernel final : public driver::Kernel {
public:
    explicit WindowsKernel(RemoveLock& remove_lock);

    /// The core calls back into this device. Before the device is started.
    void set_core(driver::Device* core) { core_ = core; }

    /// Whether to have a DMA adapter, for addresses of 32 or of 64 bits.
    enum class Dma { none, narrow, wide };
    /// At each start, before the core is started. PASSIVE_LEVEL.
    void acquire_hardware(DEVICE_OBJECT* device, DEVICE_OBJECT* physical, DEVICE_OBJECT* lower,
                          const InterruptResources& interrupts, Dma dma);
    /// After the core has stopped. PASSIVE_LEVEL.
    void release_hardware();

    PowerRequests& power_requests() { return power_; }

    const driver::KernelFacts& facts() const override { return facts_; }

    void* allocate(std::size_t bytes) override;
    void free(void* memory) override;

    void acquire(driver::Lock lock) override;
    void release(driver::Lock lock) override;

    driver::Nanoseconds now() override;
    void stall(driver::Nanoseconds duration) override;
    void sleep(driver::Nanoseconds duration) override;

    driver::Process current_process() override;
    void reference(driver::Process process) override;
    void dereference(driver::Process process) override;

    driver::Status map_io(std::uint64_t physical, std::uint64_t length, driver::MemoryType type,
                          driver::KernelView& view) override;
    void unmap_io(const driver::KernelView& view) override;
    bool overlaps_ram(std::uint64_t physical, std::uint64_t length) override;
    std::uint32_t read_firmware_table(std::uint32_t signature, void* bytes,
                                      std::uint32_t room) override;
    driver::Status map_user(void* address, std::uint64_t length, driver::MemoryType type,
                            std::uint64_t wanted, driver::UserView& view) override;
    void unmap_user(driver::Process owner, const driver::UserView& view) override;
    bool take_from_user(driver::Process owner, const driver::UserView& view,
                        std::uint64_t length) override;
    void release_user(driver::Process owner, std::uint64_t address, std::uint64_t length) override;
    driver::Status find_user_hole(std::uint64_t length, std::uint64_t& address) override;

    void* direct_buffer(void* irp) override;

    std::uint64_t read_register(const void* address, unsigned width) override;
    void write_register(void* address, unsigned width, std::uint64_t value) override;
    std::uint32_t read_port(std::uint64_t port, unsigned width) override;
    void write_port(std::uint64_t port, unsigned width, std::uint32_t value) override;

    bool read_configuration(std::uint32_t offset, void* bytes, std::uint32_t length) override;
    bool write_configuration(std::uint32_t offset, const void* bytes,
                             std::uint32_t length) override;

    driver::Status connect_interrupts() override;
    void disconnect_interrupts() override;
    void queue_deferred(std::uint32_t vector) override;
    void suspend_interrupts() override;
    driver::Status resume_interrupts() override;

    bool make_cancellable(driver::PendedRequest& pended) override;
    bool claim(driver::PendedRequest& pended) override;
    void complete(driver::PendedRequest& pended) override;

    driver::Status allocate_common(std::uint64_t length, driver::CommonBuffer& buffer) override;
    void free_common(const driver::CommonBuffer& buffer) override;
    driver::Status pin(std::uint64_t address, std::uint64_t length, bool device_writes,
                       driver::PinnedPages& pages) override;
    driver::Segment segment(const driver::PinnedPages& pages, std::uint32_t index) override;
    void unpin(const driver::PinnedPages& pages) override;

    driver::Status wake() override;
    driver::Status let_sleep() override;

    void trace(driver::TraceLevel level, const char* what, std::uint64_t number) override;

private:
    driver::KernelFacts facts_;
    RemoveLock& remove_lock_;
    driver::Device* core_ = nullptr;
    PassiveMutex power_lock_;
    PassiveSharedMutex hardware_lock_;
    PassiveMutex objects_lock_;
    PassiveMutex views_lock_;
    PassiveMutex masked_writes_lock_;
    PassiveMutex tables_lock_;
    SpinLock owners_lock_;
    SpinLock waits_lock_;
    Interrupts interrupts_;
    DmaMemory dma_;
    ConfigurationBus bus_;
    PowerRequests power_;
};

}  // namespace openbar::windows
