// Where the order between memory and the device is made: functions whose instructions check_order
// looks at. Each comment `// NAME: PATTERN PATTERN …` names a function and what has to come in it,
// in that order. The guarantees (G…) are those of docs/memory-order.md.
#include "openbar/dma_order.hpp"
#include "openbar/mapping.hpp"

#include <cstdint>

#ifdef WITHOUT_FENCES  // so that check_order can be seen to fail
#define writes_before_device() static_cast<void>(0)
#define device_before_reads() static_cast<void>(0)
#else
#define writes_before_device() openbar::order_writes_before_device()
#define device_before_reads() openbar::order_device_before_reads()
#endif

extern "C" {

// G6: the descriptor, the fence, the doorbell.
// doorbell: STORE WRITES_BEFORE_DEVICE STORE
void doorbell(std::uint64_t& descriptor, volatile std::uint32_t* tail) {
    descriptor = 0x11;
    writes_before_device();
    openbar::volatile_store<std::uint32_t>(tail, 1);
}

// G7: the status register, the fence, what the device wrote.
// completion: LOAD DEVICE_BEFORE_READS LOAD
std::uint64_t completion(const volatile std::uint32_t* status, const std::uint64_t& arrived) {
    const auto value = openbar::volatile_load<std::uint32_t>(status);
    device_before_reads();
    return value + arrived;
}

// I2: a bit in memory that was read before the fence is read again after it.
// read_anew: LOAD DEVICE_BEFORE_READS LOAD
std::uint64_t read_anew(const std::uint64_t& shared) {
    const std::uint64_t before = shared;
    device_before_reads();
    return before ^ shared;
}

// C6: what is written before the fence is written, although it is overwritten after it.
// write_twice: STORE WRITES_BEFORE_DEVICE STORE
void write_twice(std::uint64_t& shared) {
    shared = 0x22;
    writes_before_device();
    shared = 0x33;
}

// G1: a register access is the bare instruction, with no fence on either side.
// bare: STORE LOAD
std::uint32_t bare(volatile std::uint32_t* registers) {
    openbar::volatile_store<std::uint32_t>(registers, 1);
    return openbar::volatile_load<std::uint32_t>(registers + 1);
}

}  // extern "C"
