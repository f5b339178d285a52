#include "simulator/wires/create.hpp"

#include "simulator/wires/ends.hpp"
#include "simulator/wires/pcap.hpp"
#ifndef _WIN32
#include "simulator/wires/socket.hpp"
#endif

#include "base/failure.hpp"

#include <charconv>
#include <cstdio>
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

/// A card has nobody to tell but whoever started the program.
void note_cut_frames(const std::string& path, std::size_t count, std::size_t all, CutFrames how) {
    std::fprintf(stderr, "openbar: %s: %zu of %zu frames were captured in part, and are %s\n",
                 path.c_str(), count, all,
                 how == CutFrames::pad ? "padded with zeros"
                                       : "left out (play_cut=pad pads them with zeros)");
}

Result<std::unique_ptr<Wire>> play_from(const std::string& path, PlayOptions options) {
    OPENBAR_TRY(frames, read_pcap(path));
    const std::size_t all = frames.size();
    if (const std::size_t count = complete(frames, options.cut); count != 0)
        note_cut_frames(path, count, all, options.cut);
    return std::make_unique<PlayingWire>(std::move(frames), options.start);
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

Result<std::unique_ptr<Wire>> create(const std::string& text, PlayOptions options) {
    if (text == "none") return std::make_unique<UnpluggedWire>();
    if (text == "loop") return std::make_unique<LoopWire>();
    const std::size_t colon = text.find(':');
    const std::string kind = text.substr(0, colon);
    const std::string rest = colon == std::string::npos ? "" : text.substr(colon + 1);
    if (kind == "pcap" && !rest.empty()) return capture_to(rest);
    if (kind == "play" && !rest.empty()) return play_from(rest, options);
#ifndef _WIN32
    if (kind == "socket") return bound(rest);
    if (kind == "fd") return inherited(rest);
#endif
    return no_such_wire("there is no such wire");
}

}  // namespace

Result<std::unique_ptr<Wire>> create_wire(const std::string& text, PlayOptions options) {
    return create(text, options).attempting([&] { return "plug in the wire \"" + text + "\""; });
}

}  // namespace openbar::simulator
