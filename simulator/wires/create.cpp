#include "simulator/wires/create.hpp"

#include "simulator/wires/ends.hpp"
#include "simulator/wires/pcap.hpp"
#ifndef _WIN32
#include "simulator/wires/socket.hpp"
#endif

#include "base/failure.hpp"

#include <charconv>
#include <utility>

namespace openbar::simulator {
namespace {

constexpr const char* choices =
    "write none, loop, pcap:FILE, play:FILE, socket:MINE:PEER or fd:NUMBER";

Error no_such_wire(std::string cause) {
    return failure(ErrorCode::invalid_argument, std::move(cause), choices);
}

Result<std::unique_ptr<Wire>> capture_to(const std::string& path) {
    OPENBAR_TRY(writer, PcapWriter::create(path));
    return std::make_unique<RecordingWire>(std::move(writer), std::make_unique<SilentWire>());
}

Result<std::unique_ptr<Wire>> play_from(const std::string& path) {
    OPENBAR_TRY(frames, read_pcap(path));
    return std::make_unique<PlayingWire>(std::move(frames));
}

#ifndef _WIN32
Result<std::unique_ptr<Wire>> inherited(const std::string& number) {
    int descriptor = -1;
    const char* const end = number.data() + number.size();
    const auto [stop, error] = std::from_chars(number.data(), end, descriptor);
    if (error != std::errc() || stop != end || descriptor < 0)
        return no_such_wire("\"" + number + "\" is not the number of a descriptor");
    return SocketWire::adopt(FileDescriptor(descriptor));
}

Result<std::unique_ptr<Wire>> bound(const std::string& paths) {
    const std::size_t colon = paths.find(':');
    if (colon == std::string::npos) return no_such_wire("it names no peer");
    return SocketWire::bind(paths.substr(0, colon), paths.substr(colon + 1));
}
#endif

Result<std::unique_ptr<Wire>> create(const std::string& text) {
    if (text == "none") return std::make_unique<UnpluggedWire>();
    if (text == "loop") return std::make_unique<LoopWire>();
    const std::size_t colon = text.find(':');
    const std::string kind = text.substr(0, colon);
    const std::string rest = colon == std::string::npos ? "" : text.substr(colon + 1);
    if (kind == "pcap" && !rest.empty()) return capture_to(rest);
    if (kind == "play" && !rest.empty()) return play_from(rest);
#ifndef _WIN32
    if (kind == "socket") return bound(rest);
    if (kind == "fd") return inherited(rest);
#endif
    return no_such_wire("there is no such wire");
}

}  // namespace

Result<std::unique_ptr<Wire>> create_wire(const std::string& text) {
    return create(text).attempting([&] { return "plug in the wire \"" + text + "\""; });
}

}  // namespace openbar::simulator
