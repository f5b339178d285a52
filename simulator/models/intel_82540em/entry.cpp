#include "simulator/models/built_in.hpp"
#include "simulator/models/intel_82540em/card.hpp"
#include "simulator/wires/create.hpp"
#include "simulator/wires/pcap.hpp"

#include <charconv>
#include <optional>
#include <utility>

namespace openbar::simulator {
namespace {

std::optional<e1000::MacAddress> parse_mac(const std::string& text) {
    e1000::MacAddress address{};
    if (text.size() != 3 * address.size() - 1) return {};
    for (std::size_t i = 0; i < address.size(); ++i) {
        const char* const digits = text.data() + 3 * i;
        const auto [end, error] = std::from_chars(digits, digits + 2, address[i], 16);
        if (error != std::errc() || end != digits + 2) return {};
        if (i + 1 < address.size() && *end != ':') return {};
    }
    if ((address[0] & 1) != 0) return {};
    return address;
}

Result<std::unique_ptr<Model>> create_82540em(const Parameters& parameters) {
    const auto mac = parse_mac(parameters.text("mac"));
    if (!mac)
        return parameters.wrong_value("mac", "the address of one card such as 52:54:00:12:34:56");
    OPENBAR_TRY(negotiation_time, parameters.duration("negotiation_time"));
    PlayOptions play;
    const std::string start = parameters.text("play_start");
    const std::string cut = parameters.text("play_cut");
    if (start != "listening" && start != "plugged")
        return parameters.wrong_value("play_start", "listening or plugged");
    if (cut != "omit" && cut != "pad") return parameters.wrong_value("play_cut", "omit or pad");
    if (start == "plugged") play.start = PlayStart::plugged;
    if (cut == "pad") play.cut = CutFrames::pad;
    OPENBAR_TRY(wire, create_wire(parameters.text("wire"), play));
    if (const std::string file = parameters.text("record"); !file.empty()) {
        OPENBAR_TRY(writer, PcapWriter::create(file));
        wire = std::make_unique<RecordingWire>(std::move(writer), std::move(wire));
    }
    return std::make_unique<Intel82540em>(
        Intel82540em::Options{.mac = *mac, .negotiation_time = negotiation_time}, std::move(wire));
}

}  // namespace

ModelEntry intel_82540em_entry() {
    return {.name = "82540em",
            .summary = "Intel's gigabit network card, e1000 in virtual machines (8086:100e)",
            .parameters = {{"wire", "loop",
                            "none, loop, pcap:FILE, play:FILE, socket:MINE:PEER or fd:NUMBER"},
                           {"play_start", "listening",
                            "when play: begins: listening (link and receiver are up) or plugged"},
                           {"play_cut", "omit",
                            "frames of play: that were captured in part: omit or pad"},
                           {"record", "", "a capture file of what passes in both directions"},
                           {"mac", "52:54:00:12:34:56", "its Ethernet address"},
                           {"negotiation_time", "10ms", "from a reset of the PHY to the link"}},
            .create = create_82540em};
}

}  // namespace openbar::simulator
