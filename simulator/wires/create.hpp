/// The wires that exist, by the text that chooses them.
///
///     auto wire = create_wire("loop");
///     if (!wire) std::cerr << wire.error().message() << "\n";
///
/// | text | what is at the other end |
/// | --- | --- |
/// | `none` | nothing: the card sees no link |
/// | `loop` | the card itself: each frame it sends arrives at it |
/// | `pcap:FILE` | FILE, a capture of what the card sends; nothing arrives |
/// | `play:FILE` | the frames of the capture FILE arrive, as far apart as they were captured, from
///                 the moment that the card listens; `PlayOptions` |
/// | `socket:MINE:PEER` | a UNIX datagram socket bound to the path MINE; it sends to PEER |
/// | `fd:N` | an inherited descriptor, one end of a pair of datagram sockets |
///
/// On sockets one datagram is one frame.
#pragma once

#include "openbar/result.hpp"

#include "simulator/wires/pcap.hpp"

#include <memory>
#include <string>

namespace openbar::simulator {

/// Errors: invalid_argument for a text that is none of these; for files and sockets not_found,
/// permission_denied, busy (another program has MINE), protocol (FILE is no capture of Ethernet
/// frames), unsupported (sockets on Windows).
[[nodiscard]] Result<std::unique_ptr<Wire>> create_wire(const std::string& text,
                                                        PlayOptions options = {});

}  // namespace openbar::simulator
