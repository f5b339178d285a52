/// What the stand-in for the kernel says of the card and of what the driver holds.
///
///     const stand_in_answer before = command(card, STAND_IN_REPORT);
///     ...
///     report.add("after", "", nothing_held, held(command(card, STAND_IN_REPORT), before));
#pragma once

#include "tests/wine/programs/edu_client.hpp"
#include "tests/wine/stand_ins/hardware_control.h"
#include "tests/worst_case/windows.hpp"

#include <initializer_list>
#include <string>

namespace openbar::wine {

inline stand_in_answer command(EduClient& card, std::uint32_t number) {
    stand_in_answer answer{};
    answer.status = 0xdead;  // where the driver does not answer at all
    card.contract().call(STAND_IN_CONTROL, &number, sizeof number, &answer, sizeof answer);
    return answer;
}

/// From now on Windows does these things (a bit for each), at random where it may, decided by the seed.
inline void set_worst(EduClient& card, std::uint64_t switches, std::uint64_t seed) {
    stand_in_worst asked{.command = STAND_IN_WORST, .switches = switches, .seed = seed};
    stand_in_answer answer{};
    card.contract().call(STAND_IN_CONTROL, &asked, sizeof asked, &answer, sizeof answer);
}
inline void set_worst(EduClient& card, std::initializer_list<worst_case::Switch> switches) {
    std::uint64_t bits = 0;
    for (const auto which : switches) bits |= std::uint64_t{1} << static_cast<unsigned>(which);
    set_worst(card, bits, 1);
}

/// Beyond what was held before, where the driver itself needs some.
inline std::string held(const stand_in_answer& now, const stand_in_answer& before) {
    if (now.status == 0xdead) return "no answer";
    const auto& hardware = now.hardware;
    return "views " + std::to_string(hardware.user_views) + ", buffers " +
           std::to_string(hardware.common_buffers) + ", pinned " +
           std::to_string(hardware.pinned_pages) + ", MDLs " + std::to_string(now.memory_lists) +
           ", references " + std::to_string(now.object_references - before.object_references) +
           ", pool " + std::to_string(now.pool_blocks - before.pool_blocks);
}
constexpr const char* nothing_held = "views 0, buffers 0, pinned 0, MDLs 0, references 0, pool 0";

}  // namespace openbar::wine
