#include "base/failure.hpp"
#include "base/system_calls.hpp"
#include "simulator/host/alarm.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace openbar::simulator {
namespace {

class EventfdAlarm final : public Alarm {
public:
    explicit EventfdAlarm(FileDescriptor bell) noexcept : bell_(std::move(bell)) {}

    void ring() noexcept override {
        const std::uint64_t one = 1;
        // Its counter is far from full: this cannot fail.
        [[maybe_unused]] const auto written = ::write(bell_.get(), &one, sizeof one);
    }
    void sleep(std::optional<std::chrono::nanoseconds> until, std::span<const PollSource> sources,
               std::vector<PollSource>& ready) override {
        ready.clear();
        polled_.assign(1, {bell_.get(), POLLIN, 0});
        for (const PollSource source : sources)
            polled_.push_back({static_cast<int>(source), POLLIN, 0});
        timespec left{};
        if (until) left = time_until(*until);
        if (::ppoll(polled_.data(), polled_.size(), until ? &left : nullptr, nullptr) <= 0) return;
        std::uint64_t rung = 0;
        if (polled_.front().revents != 0) [[maybe_unused]]
            const auto taken = ::read(bell_.get(), &rung, sizeof rung);
        for (std::size_t i = 1; i < polled_.size(); ++i)
            if (polled_[i].revents != 0) ready.push_back(polled_[i].fd);
    }

private:
    static timespec time_until(std::chrono::nanoseconds until) {
        const auto left = std::max<std::chrono::nanoseconds>(
            until - std::chrono::steady_clock::now().time_since_epoch(), {});
        const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
        return {static_cast<time_t>(seconds.count()), static_cast<long>((left - seconds).count())};
    }

    FileDescriptor bell_;
    std::vector<pollfd> polled_;
};

}  // namespace

Result<std::unique_ptr<Alarm>> Alarm::create() {
    FileDescriptor bell(system_calls::eventfd());
    if (!bell) return system_failure(errno, "eventfd");
    return std::unique_ptr<Alarm>(std::make_unique<EventfdAlarm>(std::move(bell)));
}

}  // namespace openbar::simulator
