/// A card simulated from its description: `sim:card=FILE`, `openbar sim --card FILE`.
///
/// A class that derives from it adds the behaviour that no description has:
///
///     class Timer : public openbar::simulator::DescribedCard {
///     public:
///         explicit Timer(openbar::Description card) : DescribedCard(std::move(card), {}) {
///             registers().on_write("CTRL", [this](std::uint64_t written, std::uint64_t) {
///                 if ((written & 1) != 0) registers().set("STATUS.DONE", 1);
///             });
///         }
///     };
///
/// Each described BAR is a BAR of the card, large enough for its registers. Files that do not name
/// a region describe BAR 0. The configuration space is the host's. The card has INTx and one MSI
/// vector, which nothing raises by itself.
#pragma once

#include "simulator/model.hpp"
#include "simulator/models/described/register_file.hpp"

#include <memory>
#include <string>

namespace openbar::simulator {

class DescribedCard : public Model {
public:
    struct Options {
        /// Where registers lie that the description gives no region.
        RegionNumber bar = 0;
        /// Accesses to what is not described; empty: to standard error, each once.
        RegisterFile::Report report{};
    };

    DescribedCard(openbar::Description card, Options options);

    DescribedCard(DescribedCard&&) = delete;  // its registers refer to its description

    /// From a file, PCI ids or a card's name. Errors: those of `open_card`.
    [[nodiscard]] static Result<std::unique_ptr<Model>> open(const std::string& card,
                                                             Options options);

    [[nodiscard]] const Description& description() const override { return description_; }
    [[nodiscard]] std::uint64_t read(RegionNumber region, std::uint64_t offset,
                                     unsigned width) override;
    void write(RegionNumber region, std::uint64_t offset, unsigned width,
               std::uint64_t value) override;
    void reset() override;

protected:
    [[nodiscard]] RegisterFile& registers() noexcept { return registers_; }
    [[nodiscard]] const openbar::Description& card() const noexcept { return card_; }
    /// A class that derives may change what the configuration space shows.
    Description description_;

private:
    [[nodiscard]] RegionNumber number_of(description::Region region) const noexcept;
    [[nodiscard]] std::optional<description::Region> described(RegionNumber region) const;
    void describe_regions();

    openbar::Description card_;
    RegionNumber bar_;
    RegisterFile registers_;
};

}  // namespace openbar::simulator
