#include "cli/support/progress.hpp"

#include "cli/support/text.hpp"

namespace openbar::cli {

using namespace std::chrono_literals;

Progress::Progress(Output& diagnostics, std::string verb, std::uint64_t total)
    : diagnostics_(diagnostics),
      verb_(std::move(verb)),
      total_(total),
      next_(std::chrono::steady_clock::now() + 500ms) {}

Progress::~Progress() {
    if (!shown_) return;
    diagnostics_.write("\r\x1b[K");
    static_cast<void>(diagnostics_.flush());
}

void Progress::reached(std::uint64_t done) {
    if (!diagnostics_.is_terminal() || std::chrono::steady_clock::now() < next_) return;
    diagnostics_.print("\r\x1b[K{} {:.0f} % of {}", verb_,
                       100.0 * static_cast<double>(done) / static_cast<double>(total_),
                       size_text(total_));
    static_cast<void>(diagnostics_.flush());
    next_ = std::chrono::steady_clock::now() + 100ms;
    shown_ = true;
}

}  // namespace openbar::cli
