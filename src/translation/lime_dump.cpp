// LiME, doc/README.md, "LiME Memory Range Header Version 1": magic, version, first and last
// address, eight reserved bytes; then the range. Numbers are those of the dumped machine.
#include "translation/lime_dump.hpp"

#include "base/failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace openbar {
namespace {

struct Header {
    std::uint32_t magic;
    std::uint32_t version;
    std::uint64_t first;
    std::uint64_t last;
    std::uint64_t reserved;
};
static_assert(sizeof(Header) == 32);

constexpr std::uint32_t lime_magic = 0x4c694d45;

Error broken(std::uint64_t offset, std::string_view fault) {
    return failure(ErrorCode::protocol,
                   fmt::format("the header of LiME's at {:#x} {}", offset, fault),
                   "dump the memory again; the file may be cut or damaged");
}

}  // namespace

bool is_lime_dump(std::span<const std::byte> bytes) noexcept {
    std::uint32_t magic = 0;
    if (bytes.size() < sizeof magic) return false;
    std::memcpy(&magic, bytes.data(), sizeof magic);
    return magic == lime_magic;
}

Result<MemoryDump> read_lime_dump(std::span<const std::byte> bytes) {
    MemoryDump dump;
    std::uint64_t offset = 0;
    while (!bytes.empty()) {
        if (bytes.size() < sizeof(Header)) return broken(offset, "is cut off");
        Header header{};
        std::memcpy(&header, bytes.data(), sizeof header);
        if (header.magic != lime_magic) return broken(offset, "does not begin as one");
        if (header.version != 1)
            return failure(
                ErrorCode::unsupported,
                fmt::format("version {} of LiME's format cannot be read", header.version),
                "dump the memory in version 1 (format=lime)");
        if (header.last < header.first || header.last - header.first == UINT64_MAX)
            return broken(offset, "has a last address before the first");
        const std::uint64_t length = header.last - header.first + 1;
        const auto rest = bytes.subspan(sizeof header);
        const auto held = rest.first(std::min<std::uint64_t>(length, rest.size()));
        if (!held.empty()) dump.pieces.push_back({header.first, held});
        if (held.size() < length)
            dump.missing.push_back({header.first + held.size(), length - held.size()});
        bytes = rest.subspan(held.size());
        offset += sizeof header + held.size();
    }
    std::ranges::sort(dump.missing, {}, &PhysicalRange::address);
    return dump;
}

}  // namespace openbar
