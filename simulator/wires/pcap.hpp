/// Capture files as Wireshark and tcpdump read and write them.
///
///     auto writer = PcapWriter::create("/tmp/card.pcap");
///     writer->write(bus.now(), frame);
///
///     auto frames = read_pcap("/tmp/card.pcap");
///
/// The format is two fixed headers, of 24 and 16 bytes (IETF draft-ietf-opsawg-pcap). It is written
/// here by hand rather than by libpcap: that library is made for capturing, would be one more
/// package to install, and is not there for the Windows build of the models.
#pragma once

#include "openbar/result.hpp"

#include "simulator/wire.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace openbar::simulator {

class PcapWriter {
public:
    /// Replaces the file. Errors: those of opening it.
    [[nodiscard]] static Result<PcapWriter> create(const std::string& path);

    /// Appends a frame and hands it to the operating system, so that it stays if the program is
    /// killed. A full disk ends the capture; the card goes on.
    void write(std::chrono::nanoseconds time, std::span<const std::byte> frame);

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    explicit PcapWriter(std::FILE* file) : file_(file) {}

    std::unique_ptr<std::FILE, Close> file_;
};

struct CapturedFrame {
    std::chrono::nanoseconds time{};  ///< since the first frame of the file
    std::vector<std::byte> bytes;     ///< without the check sequence
    std::size_t cut = 0;              ///< how many bytes at the end were not captured
};

/// Reads a whole capture, of either byte order and resolution. Errors: those of opening it;
/// protocol, with the number of the frame, for what is not a capture of Ethernet frames.
[[nodiscard]] Result<std::vector<CapturedFrame>> read_pcap(const std::string& path);

/// Whether frames that were captured in part are left out, or zeros take the place of the rest.
enum class CutFrames : std::uint8_t { omit, pad };
/// No frame is cut afterwards. The number of those that were.
std::size_t complete(std::vector<CapturedFrame>& frames, CutFrames how);

/// Passes everything on to another wire and keeps a capture of both directions. The times are
/// those of the card's clock, from the moment it was plugged in.
class RecordingWire final : public Wire {
public:
    RecordingWire(PcapWriter writer, std::unique_ptr<Wire> inner)
        : writer_(std::move(writer)), inner_(std::move(inner)) {}

    void send(std::span<const std::byte> frame) override;
    [[nodiscard]] bool connected() const override { return inner_->connected(); }
    void listen() override { inner_->listen(); }
    void reset() override { inner_->reset(); }

protected:
    void start() override;

private:
    PcapWriter writer_;
    std::unique_ptr<Wire> inner_;
    std::chrono::nanoseconds plugged_in_{};
};

/// When the first frame of a capture arrives: once the card listens, or at once.
enum class PlayStart : std::uint8_t { listening, plugged };

struct PlayOptions {
    PlayStart start = PlayStart::listening;
    CutFrames cut = CutFrames::omit;
};

/// Lets the frames of a capture arrive at their intervals. As on a wire, frames are lost while the
/// card does not listen.
class PlayingWire final : public Wire {
public:
    explicit PlayingWire(std::vector<CapturedFrame> frames, PlayStart when = PlayStart::listening)
        : frames_(std::move(frames)), when_(when) {}

    void send(std::span<const std::byte>) override {}
    void listen() override;
    void reset() override { schedule(); }

protected:
    void start() override;

private:
    void schedule();
    void play();

    std::vector<CapturedFrame> frames_;
    PlayStart when_;
    std::size_t next_ = 0;
    std::optional<std::chrono::nanoseconds> begun_{};
};

}  // namespace openbar::simulator
