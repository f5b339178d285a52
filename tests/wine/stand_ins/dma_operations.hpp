/// The whole of DMA_OPERATIONS, version 3 included, which the free headers end before: as
/// ns-wdm-_dma_operations.md of Microsoft's documentation lists it.
#pragma once

#include "driver/windows/support/ntddk.hpp"

namespace openbar::stand_in {

struct DmaOperations {
    DMA_OPERATIONS second;
    void* get_adapter_info;
    NTSTATUS(NTAPI* get_transfer_info)(DMA_ADAPTER*, MDL*, ULONGLONG, ULONG, BOOLEAN, void*);
    NTSTATUS(NTAPI* initialize_transfer_context)(DMA_ADAPTER*, void*);
    void* before_get_list[5];
    NTSTATUS(NTAPI* get_list_ex)
    (DMA_ADAPTER*, DEVICE_OBJECT*, void*, MDL*, ULONGLONG, ULONG, ULONG, DRIVER_LIST_CONTROL*,
     void*, BOOLEAN, void*, void*, SCATTER_GATHER_LIST**);
    void* after_get_list[4];
};

}  // namespace openbar::stand_in
