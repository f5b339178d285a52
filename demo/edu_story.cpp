// What openbar does with `edu`, the card that QEMU has for learning.
#include "demo/story.hpp"
#include "examples/registers/edu.hpp"

#include <fmt/format.h>

using namespace std::chrono_literals;

namespace openbar::demo {
namespace {

class EduStory {
public:
    explicit EduStory(OpenedCard card) : device_(std::move(card.device)), opening_(card.took) {}
    bool tell();

private:
    Outcome map();
    Outcome identify();
    Outcome check_liveness();
    Outcome compute();
    Outcome interrupt();
    Outcome let_go();

    std::optional<Device> device_;
    std::chrono::nanoseconds opening_;
    std::optional<Registers> registers_;
};

Outcome EduStory::map() {
    OPENBAR_TRY(registers, device_->registers(edu::bar));
    registers_ = std::move(registers);
    return fmt::format("BAR 0, {} KiB of registers: {}",
                       device_->region(edu::bar).value().size() / 1024,
                       way_of_access(device_->info(), *registers_));
}

Outcome EduStory::identify() {
    using Id = edu::Identification;
    const auto id = registers_->read<Id>();
    OPENBAR_TRY(reached, registers_->status());
    return fmt::format("its identification register says edu, version {}.{}", id.get<Id::Major>(),
                       id.get<Id::Minor>());
}

Outcome EduStory::check_liveness() {
    constexpr std::uint32_t sent = 0x12345678;
    registers_->write<edu::Liveness>(sent);
    const auto back = registers_->read<edu::Liveness>();
    if (back.value() != ~sent)
        return Error{ErrorCode::protocol,
                     "check the liveness register",
                     fmt::format("{:#x} came back", back.value()),
                     {}};
    return fmt::format("wrote {:#010x}, read back {:#010x}: each bit turned round, as it should",
                       sent, back.value());
}

Outcome EduStory::compute() {
    registers_->write<edu::Factorial>(10);
    OPENBAR_TRY(idle, registers_->wait_until<edu::Status>(edu::Status::Computing{false}, 5s));
    return fmt::format("asked for 10!, waited for the busy bit, read {}",
                       registers_->read<edu::Factorial>().value());
}

Outcome EduStory::interrupt() {
    OPENBAR_TRY(master, device_->set_bus_master(true));
    OPENBAR_TRY(vector, device_->vector(0));
    registers_->write<edu::InterruptRaise>(1);
    OPENBAR_TRY(count, vector.wait(5s));
    registers_->write<edu::InterruptAcknowledge>(1);
    return fmt::format("raised, waited for ({}, {} arrived), acknowledged",
                       to_string(vector.kind()), count);
}

Outcome EduStory::let_go() {
    registers_.reset();
    device_.reset();
    return "unmapped and closed; nothing is left behind";
}

bool EduStory::tell() {
    return Story("edu, a card made for learning")
        .done("found", identity(device_->info()), opening_)
        .step("bound", [&] { return Outcome(binding(device_->info())); })
        .step("mapped", [&] { return map(); })
        .step("identified", [&] { return identify(); })
        .step("alive", [&] { return check_liveness(); })
        .step("computed", [&] { return compute(); })
        .step("interrupted", [&] { return interrupt(); })
        .step("let go", [&] { return let_go(); })
        .succeeded();
}

}  // namespace

bool tell_edu(OpenedCard card) {
    return EduStory(std::move(card)).tell();
}

}  // namespace openbar::demo
