// Single loads and stores, for languages that have none of a guaranteed width.
#include "openbar/dma_order.hpp"
#include "openbar/openbar.h"
#include "openbar/volatile_access.hpp"

using openbar::volatile_load;
using openbar::volatile_store;

uint8_t openbar_load8(const volatile void* address) {
    return volatile_load<std::uint8_t>(address);
}
uint16_t openbar_load16(const volatile void* address) {
    return volatile_load<std::uint16_t>(address);
}
uint32_t openbar_load32(const volatile void* address) {
    return volatile_load<std::uint32_t>(address);
}
void openbar_store8(volatile void* address, uint8_t value) {
    volatile_store<std::uint8_t>(address, value);
}
void openbar_store16(volatile void* address, uint16_t value) {
    volatile_store<std::uint16_t>(address, value);
}
void openbar_store32(volatile void* address, uint32_t value) {
    volatile_store<std::uint32_t>(address, value);
}
#if UINTPTR_MAX > 0xffffffff
uint64_t openbar_load64(const volatile void* address) {
    return volatile_load<std::uint64_t>(address);
}
void openbar_store64(volatile void* address, uint64_t value) {
    volatile_store<std::uint64_t>(address, value);
}
#endif

void openbar_sync_for_device() {
    openbar::order_writes_before_device();
}
void openbar_sync_for_cpu() {
    openbar::order_device_before_reads();
}
