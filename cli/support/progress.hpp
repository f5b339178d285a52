/// How far something is, on standard error, and only where that is a terminal.
#pragma once

#include "cli/support/output.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace openbar::cli {

/// Shows itself after half a second, ten times a second, and wipes itself out at its end.
class Progress {
public:
    Progress(Output& diagnostics, std::string verb, std::uint64_t total);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void reached(std::uint64_t done);

private:
    Output& diagnostics_;
    std::string verb_;
    std::uint64_t total_;
    std::chrono::steady_clock::time_point next_;
    bool shown_ = false;
};

}  // namespace openbar::cli
