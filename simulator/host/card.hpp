/// A model in its slot: what the host adds so that a class about registers becomes a PCI card.
/// Configuration space, MSI-X table, plain memory, interrupts, the clock and the way to memory.
///
///     OPENBAR_TRY(card, Card::create(std::move(model), trace));
///     card->access(0, 0x08, bytes, Card::Direction::write);
///
/// Every host runs models in it: the vfio-user server, and `sim:` inside the program. Not
/// thread-safe: a host calls it from one thread at a time.
#pragma once

#include "openbar/result.hpp"

#include "simulator/configuration_space.hpp"
#include "simulator/host/dma_windows.hpp"
#include "simulator/host/interrupts.hpp"
#include "simulator/host/plain_memory.hpp"
#include "simulator/host/trace.hpp"
#include "simulator/model.hpp"
#include "simulator/msix_table.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace openbar::simulator {

class Card final : public Bus {
public:
    enum class Direction : std::uint8_t { read, write };
    /// Why an access was not made.
    enum class Refusal : std::uint8_t { none, out_of_range, disabled };

    /// As many windows as vfio-user lets a client expect.
    static constexpr std::size_t most_dma_windows = 65'535;

    /// invalid_argument where the model's description cannot be a PCI card's.
    [[nodiscard]] static Result<std::unique_ptr<Card>> create(std::unique_ptr<Model> model,
                                                              Trace trace);
    ~Card() override;

    /// Moves bytes of a region, in accesses of the widths that were asked for: one where that is
    /// 1, 2, 4 or 8 aligned bytes, else aligned ones of up to 4.
    [[nodiscard]] Refusal access(RegionNumber region, std::uint64_t offset,
                                 std::span<std::byte> bytes, Direction direction);
    [[nodiscard]] const Description& description() const noexcept { return description_; }
    [[nodiscard]] std::uint64_t region_size(RegionNumber region) const noexcept;
    [[nodiscard]] const RegionDescription* region(RegionNumber region) const noexcept;
    [[nodiscard]] const PlainMemory& plain() const noexcept { return plain_; }
    [[nodiscard]] Interrupts& interrupts() noexcept { return interrupts_; }
    [[nodiscard]] DmaWindows& dma() noexcept { return dma_; }

    /// Somebody uses it: as after Linux has opened a VFIO device, the card decodes its regions.
    void begin_use();
    /// And no longer: no memory, no interrupts. What the card is in the middle of, it goes on with.
    void end_use();
    void reset();

    /// When the next `at` action is due; nothing where there is none.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> next_action() const;
    void run_due_actions();
    /// What the poll loop has to watch for the model.
    [[nodiscard]] const std::map<PollSource, std::function<void()>>& sources() const noexcept {
        return sources_;
    }
    void source_ready(PollSource source);
    /// Another number whenever they have changed.
    [[nodiscard]] std::uint64_t sources_version() const noexcept { return sources_version_; }

    void trace(const TraceEvent& event) const {
        if (trace_) trace_(event);
    }

    [[nodiscard]] bool read(std::uint64_t iova, std::span<std::byte> destination) override;
    [[nodiscard]] bool write(std::uint64_t iova, std::span<const std::byte> source) override;
    void set_interrupt_line(bool asserted) override;
    [[nodiscard]] bool send_message(std::uint16_t vector) override;
    void report_error() override { interrupts_.report_error(); }
    void remove() override;
    void stop_decoding() override { space_.set_decoding(false); }
    [[nodiscard]] std::chrono::nanoseconds now() override;
    void at(std::chrono::nanoseconds when, std::function<void()> action) override;
    [[nodiscard]] bool watch(PollSource source, std::function<void()> action) override;
    void unwatch(PollSource source) override;
    [[nodiscard]] std::span<std::byte> memory(RegionNumber region) override;

private:
    Card(std::unique_ptr<Model> model, PlainMemory plain, Trace trace);

    [[nodiscard]] std::size_t copy_plain(RegionNumber region, std::uint64_t offset,
                                         std::span<std::byte> bytes, Direction direction);
    [[nodiscard]] std::uint64_t read_once(RegionNumber region, std::uint64_t offset,
                                          unsigned width);
    void write_once(RegionNumber region, std::uint64_t offset, unsigned width, std::uint64_t value);
    [[nodiscard]] bool decodes(RegionNumber region) const;
    void reset_model();
    /// Calls the model. False if it throws.
    template <typename Call>
    bool survives(Call call);
    void complain(std::string_view thrown);

    Trace trace_;
    PlainMemory plain_;
    std::unique_ptr<Model> model_;
    const Description& description_;
    ConfigurationSpace space_;
    MsixTable table_;
    Interrupts interrupts_;
    DmaWindows dma_{most_dma_windows};
    std::multimap<std::chrono::nanoseconds, std::function<void()>> actions_;
    std::map<PollSource, std::function<void()>> sources_;
    std::uint64_t sources_version_ = 0;
    bool removed_ = false;  // nobody answers any more
    bool complained_ = false;
};

}  // namespace openbar::simulator
