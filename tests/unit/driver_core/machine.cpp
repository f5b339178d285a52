#include "machine.hpp"

#include <ostream>

namespace openbar::driver::test {
namespace {

constexpr std::uint64_t bar0 = 0xfe000000;
constexpr std::uint64_t bar1 = 0xfd000400;
constexpr std::uint64_t bar2_port = 0xc000;

}  // namespace

Machine::Machine(MachineOptions options) {
    resources.range_count = 3;
    resources.ranges[0] = {RangeKind::memory, options.prefetchable, bar0, bar0, options.bar_size};
    resources.ranges[1] = {RangeKind::memory, false, bar1, bar1, options.second_size};
    resources.ranges[2] = {RangeKind::port, false, bar2_port, bar2_port, 32};
    resources.line_interrupt = options.line && options.messages == 0;
    resources.message_interrupts = options.messages;
    permit.size = sizeof permit;
    permit.flags = OPENBAR_PERMIT_DMA_WITHOUT_IOMMU;
    permit.function_count = 1;
    permit.functions[0] = {0x1234, 0x11e8, 0, 0, OPENBAR_ANY_SUBSYSTEM, 0};
    permit.range_count = 2;
    permit.ranges[0] = {OPENBAR_PERMITTED_PORTS, 0, 0, 0xffff};
    permit.ranges[1] = {OPENBAR_PERMITTED_MEMORY, 0, 0, UINT64_MAX};
    resources.permit = &permit;
    settings.dma_policy = options.dma_policy;
    settings.max_dma = 1 << 20;
    settings.opens_are_restricted = options.opens_are_restricted;
    card.set_configuration(0x10, 4, static_cast<std::uint32_t>(bar0));
    card.set_configuration(0x14, 4, static_cast<std::uint32_t>(bar1));
    card.set_configuration(0x18, 4, static_cast<std::uint32_t>(bar2_port) | 1);
    kernel.resources = &resources;
    device = Device::create(kernel);
    kernel.device = device;
    if (device != nullptr && options.start) {
        EXPECT_EQ(start(), Status::ok);
    }
}

Machine::~Machine() {
    if (device != nullptr) {
        device->remove();
        Device::destroy(device);
    }
    EXPECT_EQ(kernel.violations(), "");
    if (expect_nothing_left) {
        EXPECT_EQ(kernel.left(), "");
    }
}

void Machine::end_process(StandInProcess& process) {
    {
        InProcess in(process);
        device->process_exited(&process);
    }
    kernel.forget(process);
    process.ended = true;
}

Handle::Handle(Machine& machine, StandInProcess* owner)
    : sender(owner ? owner : &machine.user), machine_(machine), owner_(sender) {
    InProcess in(*owner_);
    (void)machine_.device->open(session_, owner_->is_administrator);
}

void Handle::cleanup(StandInProcess* in_process) {
    if (session_ == nullptr) return;
    InProcess in(in_process ? *in_process : *owner_);
    machine_.device->cleanup(*session_);
}

void Handle::close(StandInProcess* in_process) {
    if (session_ == nullptr) return;
    cleanup(in_process);
    InProcess in(in_process ? *in_process : *owner_);
    machine_.device->close(session_);
    session_ = nullptr;
}

Answer Handle::send(std::uint32_t code, const void* input, std::uint32_t length,
                    std::uint32_t output_length) {
    // Whatever the buffer held before shows, should the core let it out.
    std::vector<std::uint8_t> buffer(std::max(length, output_length), 0xa5);
    if (length != 0) std::memcpy(buffer.data(), input, length);
    Request request;
    request.code = code;
    request.input = length == 0 ? nullptr : buffer.data();
    request.input_length = length;
    request.output = output_length == 0 ? nullptr : buffer.data();
    request.output_length = output_length;
    InProcess in(*sender);
    Answer answer;
    answer.status = machine_.device->control(*session_, request);
    EXPECT_LE(request.produced, output_length);
    if (answer.status != Status::ok) {
        EXPECT_EQ(request.produced, 0u);
    }
    answer.bytes.assign(buffer.begin(), buffer.begin() + request.produced);
    return answer;
}

Answer Handle::bulk(bool writing, openbar_bulk in, std::vector<std::uint8_t>& bytes) {
    openbar_prepare(&in.header, sizeof in);
    Irp irp;
    irp.direct.swap(bytes);
    Request& request = irp.request;
    request.code = writing ? OPENBAR_IOCTL_BULK_WRITE : OPENBAR_IOCTL_BULK_READ;
    request.input = &in;
    request.input_length = sizeof in;
    request.output_length = static_cast<std::uint32_t>(irp.direct.size());
    request.irp = &irp;
    InProcess process(*sender);
    Answer answer;
    answer.status = machine_.device->control(*session_, request);
    bytes.swap(irp.direct);
    answer.bytes.assign(bytes.begin(), bytes.begin() + request.produced);
    return answer;
}

Answer Handle::program(const std::vector<openbar_step>& steps) {
    const auto count = static_cast<std::uint32_t>(steps.size());
    std::vector<std::uint8_t> input(sizeof(openbar_program) + count * sizeof(openbar_step));
    openbar_program head{};
    openbar_prepare(&head.header, static_cast<std::uint32_t>(input.size()));
    head.step_count = count;
    std::memcpy(input.data(), &head, sizeof head);
    if (count != 0)
        std::memcpy(input.data() + sizeof head, steps.data(), count * sizeof(openbar_step));
    return send(OPENBAR_IOCTL_PROGRAM, input.data(), static_cast<std::uint32_t>(input.size()),
                static_cast<std::uint32_t>(sizeof(openbar_program_result)) + 8 * count);
}

Answer Handle::map(std::uint32_t region, std::uint64_t offset, std::uint64_t length,
                   std::uint32_t type) {
    return send(OPENBAR_IOCTL_MAP, openbar_map{{}, region, type, offset, length},
                sizeof(openbar_mapping));
}

Answer Handle::enable(std::uint32_t vector) {
    openbar_enable_vector in{};
    in.vector = vector;
    return send(OPENBAR_IOCTL_ENABLE_VECTOR, in, sizeof(openbar_object));
}

Status Handle::on(std::uint32_t code, std::uint64_t object) {
    return send(code, openbar_object{{}, object}).status;
}

Status Handle::set(std::uint32_t code, bool yes) {
    return send(code, openbar_switch{{}, yes, 0}).status;
}

Irp& Handle::wait(std::uint64_t vector, std::uint64_t seen, std::uint32_t flags) {
    Irp& irp = waits_.emplace_back();
    openbar_wait in{{}, vector, seen, flags, 0};
    openbar_prepare(&in.header, sizeof in);
    irp.buffer.assign(std::max(sizeof in, sizeof(openbar_wait_result)), 0xa5);
    std::memcpy(irp.buffer.data(), &in, sizeof in);
    irp.request.code = OPENBAR_IOCTL_WAIT_VECTOR;
    irp.request.input = irp.buffer.data();
    irp.request.input_length = sizeof in;
    irp.request.output = irp.buffer.data();
    irp.request.output_length = sizeof(openbar_wait_result);
    irp.request.irp = &irp;
    InProcess process(*sender);
    const Status status = machine_.device->control(*session_, irp.request);
    if (status != Status::pending) {
        irp.status = status;
        irp.produced = irp.request.produced;
        ++irp.completions;
    }
    return irp;
}

openbar_description Handle::describe() {
    return send(OPENBAR_IOCTL_DESCRIBE, openbar_header{}, sizeof(openbar_description))
        .as<openbar_description>();
}

openbar_counters Handle::counters() {
    return send(OPENBAR_IOCTL_COUNTERS, openbar_header{}, sizeof(openbar_counters))
        .as<openbar_counters>();
}

std::uint64_t value_of(const Answer& answer, std::uint32_t step) {
    std::uint64_t value = 0;
    const std::size_t at = sizeof(openbar_program_result) + 8 * step;
    EXPECT_GE(answer.bytes.size(), at + 8);
    if (answer.bytes.size() >= at + 8) std::memcpy(&value, answer.bytes.data() + at, 8);
    return value;
}

openbar_wait_result result_of(const Irp& irp) {
    openbar_wait_result result{};
    EXPECT_EQ(irp.produced, sizeof result);
    std::memcpy(&result, irp.buffer.data(), sizeof result);
    return result;
}

}  // namespace openbar::driver::test

namespace openbar::driver {

void PrintTo(Status status, std::ostream* stream) {
    switch (static_cast<std::uint32_t>(status)) {
#define OPENBAR_NAME(name, value, nt, win32, code, meaning) \
    case value: *stream << #name; return;
        OPENBAR_STATUSES(OPENBAR_NAME)
#undef OPENBAR_NAME
        default: *stream << "pending";
    }
}

}  // namespace openbar::driver
