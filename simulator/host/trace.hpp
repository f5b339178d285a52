/// What a host saw happen to a card: for `openbar sim --trace`, and for tests.
///
///     server_options.trace = [](const TraceEvent& event) { std::cout << to_string(event) << "\n";
///     };
///
/// prints, for example:
///
///     read   bar0 0x00000008 4 = 0x00000078
///     write  bar0 0x00000064 4 = 0x00000001
///     dma    write 0x0000000000010000 4096 bytes
///     irq    MSI 0
#pragma once

#include "simulator/model.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace openbar::simulator {

struct TraceEvent {
    enum class Kind : std::uint8_t {
        client,     ///< one came, went or was turned away: `text` says which and why
        read,       ///< `region`, `offset`, `length`; `value` where length is 8 or less
        write,      ///< likewise
        dma_read,   ///< by the card: `offset` is the bus address; `ok` whether it went through
        dma_write,  ///< likewise
        memory,     ///< the client gave or took back DMA memory: `offset`, `length`, `text`
        interrupt,  ///< `text` is the kind ("INTx", "MSI", "MSI-X"), `offset` the vector
        reset,
    };
    Kind kind = Kind::client;
    RegionNumber region = 0;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::uint64_t value = 0;
    bool ok = true;
    std::string_view text{};  ///< valid during the call
};

/// Called from the host's thread, in the middle of things: it must not call the host.
using Trace = std::function<void(const TraceEvent&)>;

/// One line without its end, as shown above.
[[nodiscard]] std::string to_string(const TraceEvent& event);

}  // namespace openbar::simulator
