#include "cli/program.hpp"
#include "cli/support/own_name.hpp"
#include "cli/support/standard_descriptors.hpp"

#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

int main(int count, char** values) {
#ifndef _WIN32
    openbar::cli::occupy_closed_standard_descriptors();
#endif
#ifdef SIGPIPE
    // A reader that goes away is seen where the output is written, so that everything acquired is
    // given back; the signal would end the program in the middle of it.
    std::signal(SIGPIPE, SIG_IGN);
#endif
#ifdef SIGXFSZ
    // A file at its size limit is an error of its write, so that the unfinished file is removed.
    std::signal(SIGXFSZ, SIG_IGN);
#endif
    const std::vector<std::string> arguments(values + (count > 0 ? 1 : 0), values + count);
    if (count > 0) openbar::cli::note_own_name(values[0]);
    openbar::cli::Output out(stdout);
    openbar::cli::Output diagnostics(stderr);
    return static_cast<int>(openbar::cli::run_program(arguments, out, diagnostics));
}
