#include "openbar/physical_memory.hpp"

#include "base/failure.hpp"
#include "base/range.hpp"
#include "translation/elf_dump.hpp"
#include "translation/lime_dump.hpp"
#include "translation/mapped_file.hpp"
#include "translation/memory_formats.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace openbar {
namespace {

bool starts_with(std::span<const std::byte> bytes, std::string_view text) {
    return bytes.size() >= text.size() &&
           std::equal(text.begin(), text.end(), bytes.begin(),
                      [](char character, std::byte byte) { return std::byte(character) == byte; });
}

bool is_elf(std::span<const std::byte> bytes) {
    return starts_with(bytes,
                       "\x7f"
                       "ELF");
}

}  // namespace

Result<PhysicalMemory> PhysicalMemory::open(const std::filesystem::path& path) {
    const auto read = [](const MappedFile& file) -> Result<PhysicalMemory> {
        OPENBAR_TRY(plain, refuse_other_formats(file.bytes()));
        OPENBAR_TRY(memory, is_elf(file.bytes()) || is_lime_dump(file.bytes())
                                ? read_dump(file.bytes())
                                : read_raw(file.bytes(), 0));
        memory.file_ = file.share();
        return memory;
    };
    return MappedFile::open(path).and_then(read).attempting(
        [&] { return "read " + path.string(); });
}

Result<PhysicalMemory> PhysicalMemory::open_raw(const std::filesystem::path& path,
                                                std::uint64_t base) {
    const auto read = [&](const MappedFile& file) -> Result<PhysicalMemory> {
        OPENBAR_TRY(memory, read_raw(file.bytes(), base));
        memory.file_ = file.share();
        return memory;
    };
    return MappedFile::open(path).and_then(read).attempting(
        [&] { return "read " + path.string(); });
}

Result<PhysicalMemory> PhysicalMemory::from_raw(std::span<const std::byte> bytes,
                                                std::uint64_t base) {
    return read_raw(bytes, base).attempting([] { return "read a raw image"; });
}

Result<PhysicalMemory> PhysicalMemory::from_elf(std::span<const std::byte> bytes,
                                                std::string_view origin) {
    return read_dump(bytes).attempting([&] { return fmt::format("read {}", origin); });
}

Result<PhysicalMemory> PhysicalMemory::read_raw(std::span<const std::byte> bytes,
                                                std::uint64_t base) {
    if (bytes.empty()) return failure(ErrorCode::invalid_argument, "it is empty");
    if (wraps({base, bytes.size()}))
        return failure(
            ErrorCode::out_of_range,
            fmt::format("{:#x} bytes from {:#x} on pass the end of 64 bits", bytes.size(), base));
    PhysicalMemory memory;
    memory.take_segments({{base, bytes.size(), bytes.data()}});
    return memory;
}

Result<PhysicalMemory> PhysicalMemory::read_dump(std::span<const std::byte> bytes) {
    OPENBAR_TRY(dump, is_lime_dump(bytes) ? read_lime_dump(bytes) : read_elf_dump(bytes));
    PhysicalMemory memory;
    std::vector<Segment> segments;
    for (const auto& piece : dump.pieces)
        segments.push_back({piece.address, piece.bytes.size(), piece.bytes.data()});
    memory.take_segments(std::move(segments));
    memory.missing_ = std::move(dump.missing);
    memory.processors_ = std::move(dump.processors);
    memory.machine_ = dump.machine;
    memory.encryption_mask_ = dump.encryption_mask;
    memory.kernel_tables_ = dump.kernel_tables;
    return memory;
}

std::vector<PhysicalRange> PhysicalMemory::ranges() const {
    std::vector<PhysicalRange> ranges;
    for (const auto& segment : segments_) ranges.push_back({segment.address, segment.length});
    return ranges;
}

const std::byte* PhysicalMemory::search(std::uint64_t address,
                                        std::uint64_t length) const noexcept {
    auto after = std::ranges::upper_bound(segments_, address, {}, &Segment::address);
    if (after == segments_.begin()) return nullptr;
    const Segment& segment = *--after;
    const std::uint64_t offset = address - segment.address;
    if (offset >= segment.length || length > segment.length - offset) return nullptr;
    return segment.bytes + offset;
}

// Dumps made "with paging" hold one physical page under several addresses; what overlaps the
// segment before it is left out, so that a search has one answer.
void PhysicalMemory::take_segments(std::vector<Segment> segments) {
    std::ranges::sort(segments, {}, &Segment::address);
    std::uint64_t last = 0;  // of the memory taken so far, where there is any
    for (Segment segment : segments) {
        if (segment.length == 0) continue;
        const std::uint64_t segment_last = segment.address + (segment.length - 1);
        if (!segments_.empty() && segment.address <= last) {
            if (segment_last <= last) continue;
            const std::uint64_t overlap = last - segment.address + 1;
            segment.address += overlap;
            segment.length -= overlap;
            segment.bytes += overlap;
        }
        last = segment_last;
        // Neighbours that also lie side by side in the file become one, so that a read may cross.
        if (!segments_.empty() &&
            segments_.back().address + segments_.back().length == segment.address &&
            segments_.back().bytes + segments_.back().length == segment.bytes) {
            segments_.back().length += segment.length;
        } else {
            segments_.push_back(segment);
        }
    }
    for (const Segment& segment : segments_)
        if (segment.length > largest_.length) largest_ = segment;
}

}  // namespace openbar
