// From a control code to the function that answers it. A request reaches that function only with
// a known code, a whole structure, room for the answer, and from the process that owns the handle.
#include "driver/core/capture.hpp"
#include "driver/core/state.hpp"

namespace openbar::driver {
namespace {

using State = Device::State;

template <typename In, typename Out>
Status ask(State& state, Session& session, Request& request,
           Status (State::*handler)(Session&, const In&, Out&)) {
    In in;
    if (Status status = capture(request, in); status != Status::ok) return status;
    if (Status status = room_for(request, sizeof(Out)); status != Status::ok) return status;
    Out out;
    clear_bytes(&out, sizeof out);
    Status status = (state.*handler)(session, in, out);
    if (status == Status::ok) answer(request, out);
    return status;
}

template <typename In>
Status tell(State& state, Session& session, const Request& request,
            Status (State::*handler)(Session&, const In&)) {
    In in;
    if (Status status = capture(request, in); status != Status::ok) return status;
    return (state.*handler)(session, in);
}

template <typename Out>
Status report(State& state, Session& session, Request& request,
              Status (State::*handler)(Session&, Out&)) {
    openbar_header in;
    if (Status status = capture(request, in); status != Status::ok) return status;
    if (Status status = room_for(request, sizeof(Out)); status != Status::ok) return status;
    Out out;
    clear_bytes(&out, sizeof out);
    Status status = (state.*handler)(session, out);
    if (status == Status::ok) answer(request, out);
    return status;
}

Status negotiate(Request& request) {
    openbar_negotiation versions;
    if (Status status = capture(request, versions, true); status != Status::ok) return status;
    if (Status status = room_for(request, sizeof versions); status != Status::ok) return status;
    if (versions.oldest > versions.newest || versions.reserved != 0) return Status::invalid;
    if (versions.oldest > OPENBAR_CONTRACT_VERSION || versions.newest < OPENBAR_CONTRACT_VERSION)
        return Status::version;
    versions.header = {sizeof versions, OPENBAR_CONTRACT_VERSION, 0};
    versions.oldest = versions.newest = versions.chosen = OPENBAR_CONTRACT_VERSION;
    answer(request, versions);
    return Status::ok;
}

Status mask(State& state, Session& session, const Request& request, bool masked) {
    openbar_object in;
    if (Status status = capture(request, in); status != Status::ok) return status;
    return state.mask_vector(session, in, masked);
}

Status reset(State& state, Session& session, const Request& request) {
    openbar_header in;
    if (Status status = capture(request, in); status != Status::ok) return status;
    return state.reset(session);
}

}  // namespace

Status Device::State::dispatch(Session& session, Request& request) {
    State& self = *this;
    switch (request.code) {
        case OPENBAR_IOCTL_NEGOTIATE: return negotiate(request);
        case OPENBAR_IOCTL_DESCRIBE: return report(self, session, request, &State::describe);
        case OPENBAR_IOCTL_COUNTERS: return report(self, session, request, &State::count);
        case OPENBAR_IOCTL_MAP: return ask(self, session, request, &State::map);
        case OPENBAR_IOCTL_UNMAP: return tell(self, session, request, &State::unmap);
        case OPENBAR_IOCTL_MAPPING_STATE: return ask(self, session, request, &State::mapping_state);
        case OPENBAR_IOCTL_PROGRAM: return program(session, request);
        case OPENBAR_IOCTL_BULK_READ: return bulk(session, request, false);
        case OPENBAR_IOCTL_BULK_WRITE: return bulk(session, request, true);
        case OPENBAR_IOCTL_ENABLE_VECTOR: return ask(self, session, request, &State::enable_vector);
        case OPENBAR_IOCTL_WAIT_VECTOR: return wait_vector(session, request);
        case OPENBAR_IOCTL_MASK_VECTOR: return mask(self, session, request, true);
        case OPENBAR_IOCTL_UNMASK_VECTOR: return mask(self, session, request, false);
        case OPENBAR_IOCTL_DISABLE_VECTOR:
            return tell(self, session, request, &State::disable_vector);
        case OPENBAR_IOCTL_ALLOCATE_DMA: return ask(self, session, request, &State::allocate_dma);
        case OPENBAR_IOCTL_PIN_MEMORY: return ask(self, session, request, &State::pin);
        case OPENBAR_IOCTL_DMA_SEGMENTS: return ask(self, session, request, &State::dma_segments);
        case OPENBAR_IOCTL_FREE_DMA: return tell(self, session, request, &State::free_dma);
        case OPENBAR_IOCTL_BUS_MASTER: return tell(self, session, request, &State::bus_master);
        case OPENBAR_IOCTL_RESET: return openbar::driver::reset(self, session, request);
        case OPENBAR_IOCTL_AWAKE: return tell(self, session, request, &State::awake);
        case OPENBAR_IOCTL_CLAIM: return tell(self, session, request, &State::claim);
        default: return Status::unknown_request;
    }
}

// A handle that was inherited or duplicated opens the same session in another process: mapping
// and unmapping there would work on the wrong addresses, so nothing is served there at all.
Status Device::State::control(Session& session, Request& request) {
    request.produced = 0;
    Status status = Status::ok;
    if (kernel.current_process() != session.owner)
        status = Status::not_owner;
    else if (session.closed.load())
        status = Status::closed;
    else
        status = dispatch(session, request);
    if (status != Status::ok && status != Status::pending) {
        request.produced = 0;
        counters.refusals.add();
    }
    return status;
}

}  // namespace openbar::driver
