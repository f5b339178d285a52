// The interrupt path: interrupt routine (DIRQL), deferred call (DISPATCH_LEVEL), cancel routine.
// The routine touches only what Lock::interrupt guards, allocates nothing and waits for nothing.
#include "driver/core/state.hpp"

namespace openbar::driver {
namespace {

// The deferred call comes microseconds after the routine, unless the routine keeps it from coming: a
// processor that has made so many rounds makes no progress.
constexpr std::uint32_t most_rounds = 256;
// Deferred calls can get their turn, and programs still none. At the 100,000 interrupts a second that a
// program can keep up with, its owner has been silent for a second then.
constexpr std::uint32_t most_unserved = 100'000;
// Of two storms, from which on the line is armed no more often.
constexpr Nanoseconds time_between_storms = 1'000'000'000;
// Every so many calls in which the registers say "not mine", the device is asked in another way.
constexpr std::uint32_t calls_between_suspicions = 64;

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

// Keeps the device from asserting the line at all, by all means that it has.
void Device::State::shut_off_line() {
    if (line.messages || !line.reachable) return;
    bool asserted = false;
    if (line.can_disable) static_cast<void>(disable_intx(asserted));
    const Silence& silence = line.silence;
    if (!silence.shuts_off || line.can_disable) return;
    if (silence.port)
        kernel.write_port(silence.shut_off_port, silence.width,
                          static_cast<std::uint32_t>(silence.shut_off_value));
    else
        kernel.write_register(silence.shut_off_address, silence.width, silence.shut_off_value);
}

// By the bit of PCI 2.3. `asserted`: it was this function that asserted the line, and does no more.
bool Device::State::disable_intx(bool& asserted) {
    std::uint32_t both = pci::absent;
    if (!read_field(kernel, pci::command, 4, both) || both == pci::absent) return false;
    const auto command = static_cast<std::uint16_t>(both);
    // The status bit shows the cause even while the line is disabled: then it is a neighbour's.
    if ((command & pci::command_interrupt_disable) != 0) return true;
    asserted = (both >> 16 & pci::status_interrupt) != 0;
    return write_field(kernel, pci::command, 2, command | pci::command_interrupt_disable);
}

// Whether the line is asserted by this device, which then lets go of it before this returns. All
// ones mean that the device has gone or sleeps too deep to answer: then it is not it.
bool Device::State::take_line(std::uint64_t& status) {
    if (line.is_edge) return true;
    if (line.can_disable && (!line.wanted || line.quiet)) {
        bool asserted = false;
        return disable_intx(asserted) && asserted;
    }
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
    std::uint32_t both = pci::absent;
    if (!read_field(kernel, pci::command, 4, both) || both == pci::absent) return false;
    if ((both >> 16 & pci::status_interrupt) == 0) return false;
    status = 1;
    line.wanted = false;
    return write_field(kernel, pci::command, 2, (both & 0xffff) | pci::command_interrupt_disable);
}

// A program could have one storm after the other, each as long as `most_rounds` allows.
void Device::State::note_storm() {
    const Nanoseconds now = kernel.now();
    if (line.last_storm != 0 && now - line.last_storm < time_between_storms)
        line.armed_from = now + time_between_storms;
    line.last_storm = now;
}

Status Device::State::may_arm() {
    Hold<Lock::interrupt> interrupts(kernel);
    return kernel.now() < line.armed_from ? Status::busy : Status::ok;
}

// Registered accesses that do not silence the device would have this routine called for ever, and
// nothing else: not even the deferred call would run. The owner's next unmasking has another try.
void Device::State::brake() {
    const std::uint32_t rounds = line.rounds;
    line.rounds = line.unserved = 0;
    line.wanted = false;
    shut_off_line();
    counters.storms.add();
    kernel.trace(TraceLevel::error, "line shut off, interrupts not served", rounds);
}

// Where the registered status does not tell the truth, this device may be the one that asserts the line
// and that nobody answers for. The PCI 2.3 bits know.
void Device::State::suspect_the_device() {
    if (!line.can_disable || !line.silence.by_registers) return;
    if (++line.foreign % calls_between_suspicions != 0) return;
    bool asserted = false;
    std::uint32_t both = pci::absent;
    if (!read_field(kernel, pci::command, 4, both) || both == pci::absent) return;
    asserted = (both >> 16 & pci::status_interrupt) != 0;
    if (!asserted || (both & pci::command_interrupt_disable) != 0) return;
    note_storm();
    brake();
}

bool Device::State::is_absent() {
    std::uint32_t ids = pci::absent;
    if (!line.readable) return false;
    return !read_field(kernel, 0, 4, ids) || ids == pci::absent;
}

void Device::State::note_arrival(std::uint32_t index, std::uint64_t status) {
    VectorArrivals& vector = line.vectors[index];
    if (vector.fresh != UINT32_MAX) ++vector.fresh;
    vector.fresh_status |= status;
    vector.time = kernel.now();
}

// From its connection on, and until it is disconnected, also while the vector is not enabled: then
// nobody is told, but the device is silenced.
bool Device::State::line_interrupt() {
    std::uint64_t status = 0;
    if (!line.reachable || !take_line(status)) {
        counters.interrupts_foreign.add();
        if (line.reachable) suspect_the_device();
        return false;
    }
    if (!line.vectors[0].enabled) {
        shut_off_line();
        counters.interrupts_unclaimed.add();
        return true;
    }
    note_arrival(0, status);
    if (++line.rounds >= most_rounds) note_storm();
    if (line.rounds >= most_rounds || ++line.unserved >= most_unserved) brake();
    kernel.queue_deferred(0);
    return true;
}

// Lock::interrupt is held: Windows holds it around the routine.
bool Device::State::interrupt(std::uint32_t message) {
    if (message >= line.count) return false;
    if (!line.messages) return line_interrupt();
    // A message needs no silencing, and nobody else can have sent it.
    if (!line.vectors[message].enabled) {
        counters.interrupts_unclaimed.add();
        return true;
    }
    note_arrival(message, 0);
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

// Of a deferred call that will not come any more.
void Device::State::deliver_all(Finished& finished) {
    Hold<Lock::waits> waits(kernel);
    for (std::uint32_t index = 0; index < waiting.count; ++index) {
        drain(index);
        deliver(waiting.vectors[index], finished);
    }
}

void Device::State::deferred(std::uint32_t message) {
    Finished finished(kernel);
    Hold<Lock::waits> waits(kernel);
    if (message >= waiting.count) return;
    {
        Hold<Lock::interrupt> interrupts(kernel);
        line.rounds = 0;  // the processor gets on
    }
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
