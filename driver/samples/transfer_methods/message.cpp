#include "driver/samples/transfer_methods/message.hpp"

// After ntddk.h, which has CTL_CODE.
#include "driver/samples/transfer_methods/transfer_methods.h"

namespace openbar::samples {

LONG message_length(const void* message, ULONG size) {
    if (message == nullptr || size > TRANSFER_LONGEST_MESSAGE) return -1;
    const auto* text = static_cast<const char*>(message);
    for (ULONG length = 0; length < size; ++length)
        if (text[length] == '\0') return static_cast<LONG>(length);
    return -1;
}

ULONG byte_sum(const void* bytes, ULONG size) {
    ULONG sum = 0;
    for (ULONG index = 0; index < size; ++index) sum += static_cast<const UCHAR*>(bytes)[index];
    return sum;
}

void Reply::append(const char* text) {
    while (*text != '\0' && length_ + 1 < sizeof text_) text_[length_++] = *text++;
}

void Reply::append(ULONG number) {
    char digits[11] = {};
    char* first = digits + sizeof digits - 1;
    do {
        *--first = static_cast<char>('0' + number % 10);
        number /= 10;
    } while (number != 0);
    append(first);
}

}  // namespace openbar::samples
