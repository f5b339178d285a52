#include "driver/samples/shared_buffer/contents.hpp"

namespace openbar::samples {
namespace {

using windows::PoolBuffer;
using windows::SpinLock;

constexpr ULONG tag = 'fuBO';

}  // namespace

Contents::Transfer Contents::read(LONGLONG position, void* to, ULONG length) {
    if (position < 0) return {STATUS_INVALID_PARAMETER, 0};
    SpinLock::Guard guard(lock_);
    // Compared as what is left rather than as a sum, which could wrap round.
    const auto size = static_cast<ULONGLONG>(bytes_.size());
    const auto from = static_cast<ULONGLONG>(position);
    if (from >= size) return {STATUS_SUCCESS, 0};
    const ULONG count = length < size - from ? length : static_cast<ULONG>(size - from);
    RtlCopyMemory(to, bytes_.data() + from, count);
    return {STATUS_SUCCESS, count};
}

Contents::Transfer Contents::write(LONGLONG position, const void* from, ULONG length) {
    if (position < 0) return {STATUS_INVALID_PARAMETER, 0};
    if (length == 0) return {STATUS_SUCCESS, 0};
    const auto start = static_cast<ULONGLONG>(position);
    if (start > limit_ || length > limit_ - start) return {STATUS_DISK_FULL, 0};
    const auto end = static_cast<SIZE_T>(start + length);

    // Two bounds on the time under the lock: one allocation, and no copy longer than the limit. The
    // old bytes outlive the guard, so that freeing them is not done under it.
    PoolBuffer grown;
    SpinLock::Guard guard(lock_);
    if (end > bytes_.size()) {
        grown = PoolBuffer::allocate(end, tag);
        if (!grown) return {STATUS_INSUFFICIENT_RESOURCES, 0};
        if (bytes_) RtlCopyMemory(grown.data(), bytes_.data(), bytes_.size());
        std::swap(bytes_, grown);
    }
    RtlCopyMemory(bytes_.data() + start, from, length);
    return {STATUS_SUCCESS, length};
}

void Contents::zero() {
    SpinLock::Guard guard(lock_);
    if (bytes_) RtlZeroMemory(bytes_.data(), bytes_.size());
}

void Contents::remove() {
    PoolBuffer removed;
    SpinLock::Guard guard(lock_);
    std::swap(bytes_, removed);
}

ULONG Contents::size() {
    SpinLock::Guard guard(lock_);
    return static_cast<ULONG>(bytes_.size());
}

NTSTATUS Contents::copy(void* to, ULONG length, ULONG& needed) {
    SpinLock::Guard guard(lock_);
    needed = static_cast<ULONG>(bytes_.size());
    if (length < needed) return STATUS_BUFFER_OVERFLOW;
    if (bytes_) RtlCopyMemory(to, bytes_.data(), needed);
    return STATUS_SUCCESS;
}

}  // namespace openbar::samples
