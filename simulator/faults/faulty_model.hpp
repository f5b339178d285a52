/// A model with faults: stands between a model and its host, and looks like each to the other.
///
///     OPENBAR_TRY(plan, FaultPlan::parse("irq_lost@3"));
///     auto card = std::make_unique<FaultyModel>(std::move(model), std::move(plan));
///
/// So the same faults happen in every host.
#pragma once

#include "simulator/faults/plan.hpp"
#include "simulator/model.hpp"

#include <cstdint>
#include <memory>

namespace openbar::simulator {

class FaultyModel final : public Model, private Bus {
public:
    FaultyModel(std::unique_ptr<Model> model, FaultPlan plan)
        : model_(std::move(model)), plan_(std::move(plan)) {}

    [[nodiscard]] const Description& description() const override { return model_->description(); }
    void attach(Bus& bus) override;
    [[nodiscard]] std::uint64_t read(RegionNumber region, std::uint64_t offset,
                                     unsigned width) override;
    void write(RegionNumber region, std::uint64_t offset, unsigned width,
               std::uint64_t value) override;
    void reset() override;

private:
    bool read(std::uint64_t iova, std::span<std::byte> destination) override;
    bool write(std::uint64_t iova, std::span<const std::byte> source) override;
    void set_interrupt_line(bool asserted) override;
    bool send_message(std::uint16_t vector) override;
    void report_error() override { bus_->report_error(); }
    std::chrono::nanoseconds now() override { return bus_->now(); }
    void at(std::chrono::nanoseconds when, std::function<void()> action) override;
    bool watch(PollSource source, std::function<void()> action) override {
        return bus_->watch(source, std::move(action));
    }
    void unwatch(PollSource source) override { bus_->unwatch(source); }
    std::span<std::byte> memory(RegionNumber region) override { return bus_->memory(region); }

    /// What an access meets.
    struct Outcome {
        bool answered = true;
        std::uint64_t stuck = 0;  ///< bits that read as one
    };
    [[nodiscard]] Outcome meet_access(std::uint64_t offset);
    /// The first fault among these kinds that happens at this occasion.
    [[nodiscard]] const PlannedFault* occasion(std::initializer_list<FaultKind> kinds);
    void interrupt_without_cause();

    std::unique_ptr<Model> model_;
    FaultPlan plan_;
    std::uint64_t resets_ = 0;  // what the model had due before is forgotten
    bool line_ = false;
};

}  // namespace openbar::simulator
