// Includes nothing of the system: for x86 this file alone is compiled for Microsoft's object
// layout, see cmake/windows_driver.cmake.
#include "driver/windows/support/guarded_call.hpp"

extern "C" long openbar_guarded_call(void (*work)(void*), void* context) {
    unsigned long code = 0;
    __try {
        work(context);
    } __except ((code = __exception_code()), 1) {
        return static_cast<long>(code);
    }
    return 0;
}
