// Many registers, or one FIFO many times, straight from or into the caller's locked pages.
#include "driver/core/access.hpp"
#include "driver/core/capture.hpp"
#include "driver/core/state.hpp"

namespace openbar::driver {
namespace {

// The buffer stays mapped in the caller, whose other threads may change it meanwhile: each
// element is fetched once, and nothing is decided by what it holds.
Status transfer(Device::State& state, const openbar_bulk& in, const Request& request, char* bytes,
                bool writing) OPENBAR_NEEDS_SHARED(hardware) {
    Access access(state);
    if (Status status = access.prepare(in.region); status != Status::ok) return status;
    const bool fixed = (in.flags & OPENBAR_BULK_FIXED_OFFSET) != 0;
    for (std::uint32_t at = 0; at < request.output_length; at += in.width) {
        if (state.leaving.load() != 0) return Status::cancelled;
        const std::uint64_t offset = fixed ? in.offset : in.offset + at;
        std::uint64_t value = 0;
        Status status = Status::ok;
        if (writing) {
            copy_bytes(&value, bytes + at, in.width);
            status = access.write(in.region, offset, in.width, value);
        } else {
            status = access.read(in.region, offset, in.width, value);
            copy_bytes(bytes + at, &value, in.width);
        }
        if (status != Status::ok) return status;
    }
    return Status::ok;
}

}  // namespace

Status Device::State::bulk(Session&, Request& request, bool writing) {
    openbar_bulk in;
    if (Status status = capture(request, in); status != Status::ok) return status;
    if ((in.flags & ~OPENBAR_BULK_FIXED_OFFSET) != 0) return Status::invalid;
    if (request.output_length == 0) return Status::output_length;
    if (request.output_length > OPENBAR_MAX_BULK) return Status::limit;
    Hold<Lock::hardware_shared> shared(kernel);
    if (Status status = hardware.standing.check(); status != Status::ok) return status;
    const bool fixed = (in.flags & OPENBAR_BULK_FIXED_OFFSET) != 0;
    if (Status status = check_access(*this, in.region, in.offset, in.width,
                                     fixed ? in.width : request.output_length, writing);
        status != Status::ok)
        return status;
    if (request.output_length % in.width != 0) return Status::output_length;
    // Mapped for the kernel only now, since nothing can refuse it any more.
    auto* bytes = static_cast<char*>(kernel.direct_buffer(request.irp));
    if (bytes == nullptr) return Status::no_memory;
    if (Status status = transfer(*this, in, request, bytes, writing); status != Status::ok)
        return status;
    counters.bulk_bytes.add(request.output_length);
    request.produced = request.output_length;
    return Status::ok;
}

}  // namespace openbar::driver
