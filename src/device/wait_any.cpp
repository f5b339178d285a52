#include "openbar/wait_any.hpp"

#include "base/failure.hpp"
#include "device/backend.hpp"
#include "device/wait.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace openbar {
namespace {

/// One is kept for the library itself.
constexpr std::size_t most_waited_for = most_wait_handles - 1;

}  // namespace

Waitable::Waitable(Interrupt& interrupt) noexcept : source_(interrupt.source_.get()) {}
Waitable::Waitable(Events& events) noexcept : source_(events.source_.get()) {}

/// The sources of the public lists, checked.
class WaitList {
public:
    template <typename List>
    [[nodiscard]] static Result<std::vector<Ready>> wait(const List& list, Timeout timeout,
                                                         const std::stop_token& stop) {
        std::vector<WaitSource*> sources;
        sources.reserve(list.size());
        for (Waitable item : list) sources.push_back(item.source_);
        if (auto wrong = check(sources)) {
            wrong->attempted = fmt::format("wait for any of {} interrupts", sources.size());
            return *std::move(wrong);
        }
        return wait_for_any(sources, timeout.nanoseconds(), stop);
    }

private:
    [[nodiscard]] static std::optional<Error> check(const std::vector<WaitSource*>& sources) {
        if (sources.empty())
            return failure(ErrorCode::invalid_argument, "there is nothing to wait for");
        if (sources.size() > most_waited_for)
            return failure(ErrorCode::unsupported,
                           fmt::format("Windows waits for {} at most", most_waited_for),
                           "wait for the others in other threads");
        const auto missing = std::ranges::find(sources, nullptr);
        if (missing == sources.end()) return std::nullopt;
        return failure(ErrorCode::invalid_argument,
                       fmt::format("the one at index {} was moved away",
                                   std::distance(sources.begin(), missing)));
    }
};

Result<std::vector<Ready>> wait_any(std::span<const Waitable> list, Timeout timeout,
                                    std::stop_token stop) {
    return WaitList::wait(list, timeout, stop);
}
Result<std::vector<Ready>> wait_any(std::initializer_list<Waitable> list, Timeout timeout,
                                    std::stop_token stop) {
    return WaitList::wait(list, timeout, stop);
}
Result<std::vector<Ready>> wait_any(std::span<Interrupt> interrupts, Timeout timeout,
                                    std::stop_token stop) {
    return WaitList::wait(interrupts, timeout, stop);
}

}  // namespace openbar
