#include "simulator/wires/pcap.hpp"

#include "base/failure.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

namespace openbar::simulator {
namespace {

constexpr std::uint32_t magic_microseconds = 0xa1b2c3d4;
constexpr std::uint32_t magic_nanoseconds = 0xa1b23c4d;
constexpr std::uint32_t link_type_ethernet = 1;
// Of the field of the link type: whether the length in its upper four bits counts, in 16 bits each.
constexpr std::uint32_t has_check_sequence = 1u << 26;

// Both in the byte order of the machine that wrote the file.
struct FileHeader {
    std::uint32_t magic = magic_nanoseconds;
    std::uint16_t major = 2;
    std::uint16_t minor = 4;
    std::uint32_t reserved[2] = {};
    std::uint32_t longest = Wire::longest_frame;
    std::uint32_t link_type = link_type_ethernet;
};
static_assert(sizeof(FileHeader) == 24);

struct FrameHeader {
    std::uint32_t seconds = 0;
    std::uint32_t fraction = 0;
    std::uint32_t captured = 0;
    std::uint32_t original = 0;
};
static_assert(sizeof(FrameHeader) == 16);

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

bool read_exactly(std::FILE* file, void* destination, std::size_t size) {
    return std::fread(destination, 1, size, file) == size;
}

// The reading of one file: its resolution and byte order, then frame by frame.
class Reader {
public:
    explicit Reader(std::FILE* file) : file_(file) {}

    Result<std::vector<CapturedFrame>> frames() {
        OPENBAR_TRY(opened, read_file_header());
        std::vector<CapturedFrame> all;
        std::chrono::nanoseconds first{};
        FrameHeader header;
        while (const std::size_t got = std::fread(&header, 1, sizeof header, file_)) {
            const auto wrong_frame = [&](const std::string& fault) {
                return wrong("frame " + std::to_string(all.size() + 1) + " " + fault);
            };
            if (got != sizeof header) return wrong_frame("is cut off within its header");
            CapturedFrame frame;
            const std::uint32_t size = ordered(header.captured);
            if (size > Wire::longest_frame)
                return wrong_frame("claims " + std::to_string(size) + " bytes, more than the " +
                                   std::to_string(Wire::longest_frame) + " that a wire carries");
            frame.bytes.resize(size);
            if (!read_exactly(file_, frame.bytes.data(), size)) return wrong_frame("is cut off");
            const std::size_t sent = std::max(size, ordered(header.original));
            const std::size_t whole = sent - std::min<std::size_t>(sent, check_sequence_);
            frame.bytes.resize(std::min<std::size_t>(size, whole));
            frame.cut = whole - frame.bytes.size();
            const auto time =
                std::chrono::seconds(ordered(header.seconds)) +
                std::chrono::nanoseconds(std::uint64_t{ordered(header.fraction)} * resolution_);
            if (all.empty()) first = time;
            frame.time = time - first;
            all.push_back(std::move(frame));
        }
        return all;
    }

private:
    Result<void> read_file_header() {
        FileHeader header;
        if (!read_exactly(file_, &header, sizeof header))
            return wrong("it is shorter than a header");
        swapped_ = header.magic == __builtin_bswap32(magic_microseconds) ||
                   header.magic == __builtin_bswap32(magic_nanoseconds);
        const std::uint32_t magic = ordered(header.magic);
        if (magic != magic_microseconds && magic != magic_nanoseconds)
            return wrong("it does not begin as a pcap file does (a pcapng file is another format)");
        resolution_ = magic == magic_nanoseconds ? 1 : 1000;
        const std::uint32_t link_type = ordered(header.link_type);
        if ((link_type & has_check_sequence) != 0) check_sequence_ = 2 * (link_type >> 28);
        if ((ordered(header.link_type) & 0xffff) != link_type_ethernet)
            return wrong("its frames are of link type " +
                         std::to_string(ordered(header.link_type) & 0xffff) + ", not Ethernet (1)");
        return {};
    }

    [[nodiscard]] std::uint32_t ordered(std::uint32_t value) const {
        return swapped_ ? __builtin_bswap32(value) : value;
    }

    [[nodiscard]] static Error wrong(std::string cause) {
        return failure(ErrorCode::protocol, std::move(cause),
                       "save it as pcap with link type Ethernet: editcap -F pcap IN OUT");
    }

    std::FILE* file_;
    bool swapped_ = false;
    std::uint32_t resolution_ = 1;  // nanoseconds
    std::size_t check_sequence_ = 0;
};

}  // namespace

Result<PcapWriter> PcapWriter::create(const std::string& path) {
    const auto failed = [&] {
        return Result<PcapWriter>(system_failure(errno)).attempting([&] {
            return "create the capture file " + path;
        });
    };
    std::FILE* file = std::fopen(path.c_str(), "wb");
    if (file == nullptr) return failed();
    PcapWriter writer(file);
    const FileHeader header;
    if (std::fwrite(&header, sizeof header, 1, file) != 1 || std::fflush(file) != 0)
        return failed();
    return writer;
}

void PcapWriter::write(std::chrono::nanoseconds time, std::span<const std::byte> frame) {
    if (!file_) return;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const auto size = static_cast<std::uint32_t>(frame.size());
    const FrameHeader header{.seconds = static_cast<std::uint32_t>(seconds.count()),
                             .fraction = static_cast<std::uint32_t>((time - seconds).count()),
                             .captured = size,
                             .original = size};
    const bool written = std::fwrite(&header, sizeof header, 1, file_.get()) == 1 &&
                         std::fwrite(frame.data(), 1, frame.size(), file_.get()) == frame.size() &&
                         std::fflush(file_.get()) == 0;
    if (!written) file_.reset();
}

Result<std::vector<CapturedFrame>> read_pcap(const std::string& path) {
    const auto read = [&]() -> Result<std::vector<CapturedFrame>> {
        const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rb"));
        if (!file) return system_failure(errno);
        return Reader(file.get()).frames();
    };
    return read().attempting([&] { return "read the capture file " + path; });
}

std::size_t complete(std::vector<CapturedFrame>& frames, CutFrames how) {
    const auto is_cut = [](const CapturedFrame& frame) { return frame.cut != 0; };
    const auto count = static_cast<std::size_t>(std::ranges::count_if(frames, is_cut));
    if (how == CutFrames::omit) std::erase_if(frames, is_cut);
    for (CapturedFrame& frame : frames)
        frame.bytes.resize(
            std::min(frame.bytes.size() + std::exchange(frame.cut, 0), Wire::longest_frame));
    return count;
}

void RecordingWire::send(std::span<const std::byte> frame) {
    writer_.write(bus_->now() - plugged_in_, frame);
    inner_->send(frame);
}

void RecordingWire::start() {
    plugged_in_ = bus_->now();
    inner_->attach(
        *bus_,
        [this](std::span<const std::byte> frame) {
            writer_.write(bus_->now() - plugged_in_, frame);
            deliver(frame);
        },
        false);
}

void PlayingWire::start() {
    if (when_ == PlayStart::plugged) listen();
}

void PlayingWire::listen() {
    if (begun_) return;
    begun_ = bus_->now();
    schedule();
}

void PlayingWire::schedule() {
    if (begun_ && next_ < frames_.size())
        bus_->at(*begun_ + frames_[next_].time, [this] { play(); });
}

void PlayingWire::play() {
    deliver(frames_[next_++].bytes);
    schedule();
}

}  // namespace openbar::simulator
