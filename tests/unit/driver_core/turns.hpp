/// Threads that take turns: one runs at a time, and another goes on where the running one waits or
/// passes a point at which Windows might switch. What happens is decided by a seed, and so happens
/// again with the same one.
///
///     Turns turns(seed);
///     turns.add("program", [&] { handle.pin(address, length); });
///     turns.add("exit", [&] { device->process_exited(&stranger); });
///     turns.run();                            // until all have ended or nobody can go on
///     EXPECT_EQ(turns.stuck(), "");           // else who waits for whom, with the stacks of both
///
/// The stand-in kernel calls `point` and `wait` from within.
#pragma once

#include "tests/worst_case/windows.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace openbar::driver::test {

class Turns {
public:
    struct Turn;  // one thread

    /// 0: nobody is interrupted; another goes on only where one waits.
    explicit Turns(std::uint64_t seed = 0);
    ~Turns();
    Turns(const Turns&) = delete;
    Turns& operator=(const Turns&) = delete;

    void add(std::string name, std::function<void()> body);
    void run();
    [[nodiscard]] bool has_ended(const std::string& name) const;
    /// Who has not ended, what it waits for and who has that, with their stacks.
    [[nodiscard]] std::string stuck();

    /// The turns that the calling thread is one of; nullptr: it is an ordinary thread.
    static Turns* here();
    static Turn* mine();
    static const std::string& name_of(const Turn& turn);

    /// Another may go on here, if the seed says so.
    void point();
    /// Another goes on here, if one can.
    void yield();
    /// Others go on until `ready`. `holder` is asked who is waited for; nullptr: nobody is.
    void wait(const char* what, const std::function<bool()>& ready,
              const std::function<Turn*()>& holder);
    /// Both stacks of a wait that is not allowed.
    [[nodiscard]] std::string stacks_of(Turn& waiter, Turn* holder);

private:
    void hand_to(Turn* next);
    Turn* choose(Turn* not_this);
    void give_back(Turn& turn);
    std::string stack_of(Turn& turn);

    worst_case::Dice dice_;
    bool interrupts_;
    std::vector<std::unique_ptr<Turn>> turns_;
    std::unique_ptr<Turn> director_;  // whoever called `run`
};

}  // namespace openbar::driver::test
