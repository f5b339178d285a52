/// Messages: what comes in is checked, what goes out is composed; no matter which way they travel.
#pragma once

#include "driver/windows/support/ntddk.hpp"

namespace openbar::samples {

/// The length of a message without its zero, or -1 where there is no zero within `size` bytes or
/// the size is not one that a message may have. Call it on memory that nobody else can change.
LONG message_length(const void* message, ULONG size);

/// The sum of all bytes, in 32 bits: what the driver reports of bulk input, to show that it read it.
ULONG byte_sum(const void* bytes, ULONG size);

/// A short text in a fixed place.
///
///     Reply reply("buffered: the driver read ");
///     reply.append(5);
///     reply.append(" characters");
class Reply {
public:
    explicit Reply(const char* text) { append(text); }
    /// What does not fit is left off.
    void append(const char* text);
    void append(ULONG number);

    [[nodiscard]] const char* text() const { return text_; }
    /// With the zero that ends it.
    [[nodiscard]] ULONG size() const { return length_ + 1; }

private:
    char text_[96] = {};
    ULONG length_ = 0;
};

}  // namespace openbar::samples
