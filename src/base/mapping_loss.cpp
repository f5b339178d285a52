#include "base/mapping_loss.hpp"

#ifdef _WIN32
#include <io.h>
#else
#include <unistd.h>
#endif

namespace openbar {

void say(std::string_view text) noexcept {
    // Nothing useful can be done in a signal handler about a standard error that is closed.
#ifdef _WIN32
    [[maybe_unused]] const auto ignored =
        ::_write(2, text.data(), static_cast<unsigned>(text.size()));
#else
    [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, text.data(), text.size());
#endif
}

void MappingLoss::tell() noexcept {
    if (faulted.exchange(true)) return;
    say("openbar: ");
    say(notice.data());
    say("; it reads as all ones from now on\n");
}

}  // namespace openbar
