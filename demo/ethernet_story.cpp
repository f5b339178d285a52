// What openbar does with a real card's registers: Intel's 82540EM, which QEMU calls e1000.
#include "demo/story.hpp"
#include "examples/registers/intel_82540em.hpp"

#include <fmt/format.h>

using namespace std::chrono_literals;

namespace openbar::demo {
namespace {

namespace card = intel_82540em;

class EthernetStory {
public:
    explicit EthernetStory(OpenedCard card)
        : device_(std::move(card.device)), opening_(card.took) {}
    bool tell();

private:
    Outcome map();
    Outcome read_link();
    Outcome read_address();
    Outcome interrupt();
    Outcome let_go();

    std::optional<Device> device_;
    std::chrono::nanoseconds opening_;
    std::optional<Registers> registers_;
};

Outcome EthernetStory::map() {
    OPENBAR_TRY(registers, device_->registers(card::bar));
    registers_ = std::move(registers);
    return fmt::format("BAR 0, {} KiB of registers: {}",
                       device_->region(card::bar).value().size() / 1024,
                       way_of_access(device_->info(), *registers_));
}

Outcome EthernetStory::read_link() {
    registers_->modify<card::Control>(card::Control::SetLinkUp{true});
    OPENBAR_TRY(status, registers_->wait_until<card::Status>(card::Status::LinkUp{true}, 10s));
    constexpr const char* speeds[] = {"10 Mbit/s", "100 Mbit/s", "1 Gbit/s", "1 Gbit/s"};
    return fmt::format("its status register says: link {}, {}, {} duplex",
                       status.get<card::Status::LinkUp>() ? "up" : "down",
                       speeds[static_cast<unsigned>(status.get<card::Status::LinkSpeed>())],
                       status.get<card::Status::FullDuplex>() ? "full" : "half");
}

Outcome EthernetStory::read_address() {
    using High = card::ReceiveAddressHigh;
    const std::uint32_t low = registers_->read<card::ReceiveAddressLow>(0).value();
    const auto high = registers_->read<High>(0);
    const std::uint32_t last = high.get<High::Bytes>();
    return fmt::format("its receive address 0 is {:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}{}",
                       low & 0xff, (low >> 8) & 0xff, (low >> 16) & 0xff, low >> 24, last & 0xff,
                       last >> 8, high.get<High::Valid>() ? ", and valid" : ", but not valid");
}

Outcome EthernetStory::interrupt() {
    OPENBAR_TRY(master, device_->set_bus_master(true));
    OPENBAR_TRY(vector, device_->vector(InterruptKind::intx, 0));
    registers_->write<card::InterruptMaskSet>(card::Causes::LinkStatusChange{true});
    registers_->write<card::InterruptCauseSet>(card::Causes::LinkStatusChange{true});
    OPENBAR_TRY(count, vector.wait(5s));
    const auto cause = registers_->read<card::InterruptCauseRead>();
    registers_->write<card::InterruptMaskClear>(0xffffffff);
    return fmt::format(
        "raised, waited for ({}, {} arrived), acknowledged: cause {}", to_string(vector.kind()),
        count, cause.get<card::InterruptCauseRead::LinkStatusChange>() ? "link change" : "unknown");
}

Outcome EthernetStory::let_go() {
    registers_.reset();
    device_.reset();
    return "unmapped and closed; nothing is left behind";
}

bool EthernetStory::tell() {
    return Story("82540EM, Intel's gigabit Ethernet controller")
        .done("found", identity(device_->info()), opening_)
        .step("bound", [&] { return Outcome(binding(device_->info())); })
        .step("mapped", [&] { return map(); })
        .step("link", [&] { return read_link(); })
        .step("address", [&] { return read_address(); })
        .step("interrupted", [&] { return interrupt(); })
        .step("let go", [&] { return let_go(); })
        .succeeded();
}

}  // namespace

bool tell_ethernet(OpenedCard card) {
    return EthernetStory(std::move(card)).tell();
}

}  // namespace openbar::demo
