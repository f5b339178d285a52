/// Taking a structure out of a request, and putting one into its answer.
///
///     openbar_map in;
///     if (Status status = capture(request, in); status != Status::ok) return status;
///
/// Lengths are checked before a byte is read. The input is copied once and only the copy is looked
/// at. The output buffer of a buffered request is the same memory as its input, so nothing is
/// written there before the input has been captured.
#pragma once

#include "driver/core/device.hpp"
#include "driver/core/memory.hpp"

namespace openbar::driver {

[[nodiscard]] inline bool all_zero(const void* memory, std::uint32_t length) {
    const auto* bytes = static_cast<const std::uint8_t*>(memory);
    for (std::uint32_t i = 0; i < length; ++i)
        if (bytes[i] != 0) return false;
    return true;
}

/// The header alone, of a request at least `minimum` bytes long.
[[nodiscard]] inline Status capture_header(const Request& request, std::uint32_t minimum,
                                           bool any_version = false) {
    openbar_header header;
    if (request.input == nullptr || request.input_length < minimum) return Status::length;
    copy_bytes(&header, request.input, sizeof header);
    if (!any_version && header.version != OPENBAR_CONTRACT_VERSION) return Status::version;
    if (header.size != request.input_length) return Status::length;
    return header.reserved == 0 ? Status::ok : Status::invalid;
}

/// What the structure was before fields were added: a caller that does not know them sends no more.
template <typename In>
inline constexpr std::uint32_t first_size = sizeof(In);
template <>
inline constexpr std::uint32_t first_size<openbar_enable_vector> = OPENBAR_FIRST_SIZE_ENABLE_VECTOR;

/// A whole structure. What a newer caller has appended must be zero: it asks for nothing then that
/// this driver does not know. What an older one does not know is zero.
template <typename In>
[[nodiscard]] Status capture(const Request& request, In& in, bool any_version = false) {
    if (Status status = capture_header(request, first_size<In>, any_version); status != Status::ok)
        return status;
    const bool older = request.input_length < sizeof in;
    if (older && request.input_length != first_size<In>) return Status::length;
    const std::uint32_t known = older ? first_size<In> : std::uint32_t{sizeof in};
    clear_bytes(&in, sizeof in);
    copy_bytes(&in, request.input, known);
    const auto* bytes = static_cast<const std::uint8_t*>(request.input);
    return all_zero(bytes + known, request.input_length - known) ? Status::ok : Status::version;
}

[[nodiscard]] inline Status room_for(const Request& request, std::uint32_t bytes) {
    return request.output == nullptr || request.output_length < bytes ? Status::output_length
                                                                      : Status::ok;
}

/// `room_for` has been asked. Exactly the structure leaves, every byte of it set by the core.
template <typename Out>
void answer(Request& request, const Out& out) {
    copy_bytes(request.output, &out, sizeof out);
    request.produced = sizeof out;
}

}  // namespace openbar::driver
