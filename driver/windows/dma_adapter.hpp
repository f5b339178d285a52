/// The DMA adapter of one device: what only it knows, device addresses, and what it has to give, map
/// registers.
///
/// Windows 8 and later have a synchronous form of what gives both (version 3 of DMA_OPERATIONS).
/// Before, packets are mapped one by one, which needs no list of the kernel's with its limits.
/// Either way nothing is waited for: what is not there at the moment is refused.
#pragma once

#include "driver/core/status.hpp"
#include "driver/windows/support/ntddk.hpp"

namespace openbar::windows {

/// A stretch of addresses that the device uses for pinned memory.
struct Run {
    std::uint64_t address;
    std::uint64_t length;
};

/// Locked memory, mapped for the device.
struct DmaMapping {
    SCATTER_GATHER_LIST* list = nullptr;  ///< of version 3, or
    Run* runs = nullptr;                  ///< in pool memory
    ULONG count = 0;
    void* registers = nullptr;
    ULONG register_count = 0;
    bool is_mapped = false;
    bool is_copied = false;
};

/// Kept by the device until it is stopped, and by all memory that it gave.
class DmaAdapter {
public:
    /// `device` is the function device object, `physical` the one that the bus driver made. A card
    /// that drives 32 address lines must not be given more: it would write somewhere else. Null:
    /// Windows has none for the device. PASSIVE_LEVEL.
    static DmaAdapter* create(DEVICE_OBJECT* device, DEVICE_OBJECT* physical, bool wide_addresses);
    DmaAdapter(const DmaAdapter&) = delete;
    DmaAdapter& operator=(const DmaAdapter&) = delete;

    void reference() { InterlockedIncrement(&references_); }
    /// The last one puts it back. PASSIVE_LEVEL.
    void release();

    /// Of memory that every device reaches and the processor shares. Null: none. PASSIVE_LEVEL.
    void* allocate(ULONG length, PHYSICAL_ADDRESS& iova);
    void free(void* address, ULONG length, PHYSICAL_ADDRESS iova);

    /// Of locked pages. limit, no_memory. PASSIVE_LEVEL.
    [[nodiscard]] driver::Status map(MDL* mdl, ULONG length, bool to_device, DmaMapping& mapping);
    /// Copies back what the device wrote into copies. PASSIVE_LEVEL.
    void unmap(MDL* mdl, ULONG length, bool to_device, DmaMapping& mapping);

private:
    struct Channel;

    DmaAdapter(DMA_ADAPTER* adapter, DEVICE_OBJECT* device, ULONG registers, bool is_third)
        : adapter_(adapter), device_(device), registers_(registers), is_third_(is_third) {}
    ~DmaAdapter() = default;
    template <typename T, typename... Arguments>
    friend T* create_in_pool(ULONG tag, Arguments&&... arguments);
    template <typename T>
    friend void destroy_in_pool(T* object);

    static IO_ALLOCATION_ACTION NTAPI on_channel(DEVICE_OBJECT*, IRP*, void* registers,
                                                 void* context);
    static void NTAPI on_late_channel(DEVICE_OBJECT*, void* context);
    static void forget(Channel* channel);
    [[nodiscard]] driver::Status take_registers(ULONG count, void*& registers);
    [[nodiscard]] driver::Status map_packets(MDL* mdl, ULONG length, bool to_device,
                                             DmaMapping& mapping);
    [[nodiscard]] driver::Status map_at_once(MDL* mdl, ULONG length, bool to_device,
                                             DmaMapping& mapping);

    DMA_ADAPTER* adapter_;
    DEVICE_OBJECT* device_;
    ULONG registers_;
    bool is_third_;
    volatile LONG references_ = 1;
    volatile LONG channel_busy_ = 0;  ///< one request for a device object at a time
};

}  // namespace openbar::windows
