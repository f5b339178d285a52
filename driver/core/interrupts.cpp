// The interrupt path: interrupt routine (DIRQL), deferred call (DISPATCH_LEVEL), cancel routine.
// The routine touches only what Lock::interrupt guards, allocates nothing and waits for nothing.
#include "driver/core/state.hpp"

namespace openbar::driver {
namespace {

// The deferred call comes microseconds after the routine, unless the routine keeps it from coming.
constexpr std::uint32_t most_undelivered = 4096;

}  // namespace

// The last completion may let a removal go on that waits for these requests: after it neither the
// device nor its kernel may be touched. So the memory goes first, and a copy is completed.
Finished::~Finished() {
    while (Wait* wait = first_) {
        first_ = wait->next;
        PendedRequest done = *wait;
        unmake(kernel_, wait);
        kernel_.complete(done);
    }
}

std::uint64_t Device::State::line_status(const Silence& silence) {
    return silence.port ? kernel.read_port(silence.status_port, silence.width)
                        : kernel.read_register(silence.status_address, silence.width);
}

void Device::State::silence_line(const Silence& silence, std::uint64_t value) {
    if (silence.port)
        kernel.write_port(silence.silence_port, silence.width, static_cast<std::uint32_t>(value));
    else
        kernel.write_register(silence.silence_address, silence.width, value);
}

// Whether the line is asserted by this device, which then lets go of it before this returns. All
// ones mean that the device has gone or sleeps too deep to answer: then it is not it.
bool Device::State::take_line(std::uint64_t& status) {
    if (!line.reachable) return false;
    const Silence& silence = line.silence;
    if (silence.by_registers) {
        const std::uint64_t all = silence.width == 4   ? 0xffffffff
                                  : silence.width == 2 ? 0xffff
                                                       : 0xff;
        const std::uint64_t value = line_status(silence) & all;
        status = value & silence.status_mask;
        if (status == 0 || (value == all && is_absent())) return false;
        silence_line(silence, silence.by_status ? status : silence.value);
        return true;
    }
    if (line.is_edge) return true;
    std::uint32_t both = pci::absent;
    if (!read_field(kernel, pci::command, 4, both) || both == pci::absent) return false;
    const auto command = static_cast<std::uint16_t>(both);
    // The status bit shows the cause even while the line is disabled: then it is a neighbour's.
    if ((command & pci::command_intx_disable) != 0) return false;
    if ((both >> 16 & pci::status_interrupt) == 0) return false;
    status = 1;
    line.wanted = false;
    return write_field(kernel, pci::command, 2, command | pci::command_intx_disable);
}

// Registered accesses that do not silence the device would have this routine called for ever, and
// nothing else: not even the deferred call would run. What is left then is the PCI 2.3 bit.
void Device::State::stop_storm(VectorArrivals& vector) {
    if (vector.fresh < most_undelivered || !line.silence.by_registers || !line.can_disable) return;
    std::uint32_t command = 0;
    if (!line.wanted || !read_field(kernel, pci::command, 2, command)) return;
    line.wanted = false;
    if (write_field(kernel, pci::command, 2, command | pci::command_intx_disable))
        kernel.trace(TraceLevel::error, "line disabled, interrupts not delivered", vector.fresh);
}

bool Device::State::is_absent() {
    std::uint32_t ids = pci::absent;
    if (!line.readable) return false;
    return !read_field(kernel, 0, 4, ids) || ids == pci::absent;
}

// Lock::interrupt is held: Windows holds it around the routine.
bool Device::State::interrupt(std::uint32_t message) {
    if (message >= line.count) return false;
    VectorArrivals& vector = line.vectors[message];
    std::uint64_t status = 0;
    if (line.messages) {
        // A message needs no silencing, and nobody else can have sent it.
        if (!vector.enabled) {
            counters.interrupts_unclaimed.add();
            return true;
        }
    } else if (!vector.enabled || !take_line(status)) {
        counters.interrupts_foreign.add();
        return false;
    }
    if (vector.fresh != UINT32_MAX) ++vector.fresh;
    vector.fresh_status |= status;
    vector.time = kernel.now();
    if (!line.messages) stop_storm(vector);
    kernel.queue_deferred(message);
    return true;
}

// One deferred call may stand for many interrupts, or come after a wait has already taken them: hence
// a count, not an event.
void Device::State::drain(std::uint32_t index) {
    VectorArrivals arrived{};
    {
        Hold<Lock::interrupt> interrupts(kernel);
        VectorArrivals& vector = line.vectors[index];
        arrived = vector;
        vector.fresh = 0;
        vector.fresh_status = 0;
    }
    if (arrived.fresh == 0) return;
    VectorWaits& vector = waiting.vectors[index];
    vector.count += arrived.fresh;
    counters.interrupts.add(arrived.fresh);
    vector.status |= arrived.fresh_status;
    vector.newest = arrived.time;
}

// The output buffer is the system's, and stays until the request is completed.
void Device::State::fill(Wait& wait, const VectorWaits& vector) {
    openbar_wait_result result{};
    result.count = vector.count;
    result.missed = vector.count - wait.seen - 1;
    result.status = vector.status;
    result.time_ns = vector.newest;
    copy_bytes(wait.output, &result, sizeof result);
    wait.produced = sizeof result;
    counters.interrupts_missed.add(result.missed);
}

// A wait that cannot be claimed stays in the list: its cancel routine is waiting for this lock and will
// take it out.
void Device::State::deliver(VectorWaits& vector, Finished& finished) {
    if (vector.masked) return;
    bool told = false;
    for (Wait* wait = vector.waits.first; wait != nullptr;) {
        Wait* next = wait->next;
        if (wait->seen != vector.count && kernel.claim(*wait)) {
            vector.waits.remove(*wait);
            --wait->session->waits;
            counters.waits_now.subtract();
            fill(*wait, vector);
            finished.add(*wait, Status::ok);
            told = true;
        }
        wait = next;
    }
    if (told) vector.status = 0;
}

void Device::State::deferred(std::uint32_t message) {
    Finished finished(kernel);
    Hold<Lock::waits> waits(kernel);
    if (message >= waiting.count) return;
    drain(message);
    deliver(waiting.vectors[message], finished);
}

void Device::State::cancel(PendedRequest& pended) {
    auto& wait = static_cast<Wait&>(pended);
    {
        Hold<Lock::waits> waits(kernel);
        if (wait.in_list) {
            waiting.vectors[wait.index].waits.remove(wait);
            --wait.session->waits;
        }
        counters.waits_now.subtract();
    }
    Finished finished(kernel);
    finished.add(wait, Status::cancelled);
}

}  // namespace openbar::driver
