/// Finds registers by paths whose parts may be patterns.
#pragma once

#include "description/names.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace openbar::description {

struct Match {
    Place place;
    bool whole = false;  ///< no part of its path was left out, except the region
};

class Search {
public:
    /// `parts` are the parts of a path; the registers' paths end with them.
    Search(const Model& model, std::vector<std::string_view> parts, bool patterns,
           std::size_t most) noexcept
        : model_(model), parts_(std::move(parts)), patterns_(patterns), most_(most) {}

    void run();

    [[nodiscard]] std::vector<Match>& matches() noexcept { return matches_; }
    /// There are more matches than wanted, or the search would take too long.
    [[nodiscard]] bool gave_up() const noexcept { return gave_up_; }

private:
    /// A block or register on the way, and the elements of its array that fit.
    struct Level {
        std::string_view name;
        std::uint32_t dimension = no_dimension;
        std::uint64_t offset = 0;
        std::vector<Indices> elements{};  ///< none: all of them
        std::size_t next = 0;
        Indices indices{};

        [[nodiscard]] bool all() const noexcept { return elements.empty(); }
    };

    void look_ahead();
    void visit(std::uint32_t region, std::uint32_t block);
    void visit_register(std::uint32_t region, std::uint32_t index);
    [[nodiscard]] bool choose(Level& level, std::string_view part);
    void add_all(std::uint32_t region, std::uint32_t index, bool whole);
    [[nodiscard]] bool step(Level& level) const;
    void start(Level& level) const;
    [[nodiscard]] bool may_go_on(std::size_t steps) noexcept;

    const Model& model_;
    std::vector<std::string_view> parts_;
    bool patterns_;
    std::size_t most_;
    std::vector<bool> leads_;  ///< of each block: there is a match for the last part in it
    std::vector<Level> levels_;
    std::vector<Match> matches_;
    std::size_t steps_ = 0;
    bool gave_up_ = false;
};

/// The parts of a path; none if one of them is empty.
[[nodiscard]] std::vector<std::string_view> split_path(std::string_view path);

}  // namespace openbar::description
