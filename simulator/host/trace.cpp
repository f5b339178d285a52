#include "simulator/host/trace.hpp"

#include <fmt/format.h>

namespace openbar::simulator {
namespace {

std::string region_text(RegionNumber region) {
    if (region == 6) return "rom";
    if (region == 7) return "config";
    return fmt::format("bar{}", region);
}

std::string access(const char* what, const TraceEvent& event) {
    const auto place = fmt::format("{:<6} {} {:#010x} {}", what, region_text(event.region),
                                   event.offset, event.length);
    if (event.length > 8) return place + " bytes";
    return fmt::format("{} = {:#0{}x}", place, event.value, 2 + 2 * event.length);
}

std::string dma(const char* what, const TraceEvent& event) {
    return fmt::format("dma    {} {:#018x} {} bytes{}", what, event.offset, event.length,
                       event.ok ? "" : ": refused");
}

}  // namespace

std::string to_string(const TraceEvent& event) {
    using Kind = TraceEvent::Kind;
    switch (event.kind) {
        case Kind::client: return fmt::format("client {}", event.text);
        case Kind::read: return access("read", event);
        case Kind::write: return access("write", event);
        case Kind::dma_read: return dma("read", event);
        case Kind::dma_write: return dma("write", event);
        case Kind::memory:
            return fmt::format("memory {} {:#018x} {} bytes{}", event.text, event.offset,
                               event.length, event.ok ? "" : ": refused");
        case Kind::interrupt: return fmt::format("irq    {} {}", event.text, event.offset);
        case Kind::reset: return "reset";
    }
    return {};
}

}  // namespace openbar::simulator
