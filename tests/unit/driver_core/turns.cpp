#include "turns.hpp"

#include <execinfo.h>

#include <cstdlib>
#include <exception>
#include <semaphore>
#include <string_view>
#include <thread>

// Of the sanitizers' run-time library, where it is linked: names and lines of addresses.
extern "C" __attribute__((weak)) void __sanitizer_symbolize_pc(void* pc, const char* format,
                                                               char* text, std::size_t size);

namespace openbar::driver::test {

struct Turns::Turn {
    std::string name;
    std::function<void()> body;
    std::thread thread;
    std::binary_semaphore go{0};
    bool started = false;
    bool ended = false;
    const char* waits_for = nullptr;
    const std::function<bool()>* ready = nullptr;
    const std::function<Turn*()>* holder = nullptr;
    bool shows_stack = false;  // goes on only to write down where it is
    std::string stack;
};

namespace {

thread_local Turns* my_turns = nullptr;
thread_local Turns::Turn* my_turn = nullptr;

constexpr int most_frames = 32;
constexpr int own_frames = 3;  // of this file, and of no interest

bool is_of_interest(const std::string& function) {
    for (const char* dull : {"Turns::", "wait_in_turn", "std::", "clone", "start_thread", "<null>"})
        if (function.find(dull) != std::string::npos) return false;
    return true;
}

std::string stack_here() {
    void* frames[most_frames];
    const int count = backtrace(frames, most_frames);
    std::string text;
    char** names = backtrace_symbols(frames, count);
    for (int i = own_frames; i < count; ++i) {
        char line[512];
        if (__sanitizer_symbolize_pc != nullptr) {
            __sanitizer_symbolize_pc(static_cast<char*>(frames[i]) - 1, "%f", line, sizeof line);
            std::string name = line;
            constexpr std::string_view unnamed = "(anonymous namespace)::";
            for (auto at = name.find(unnamed); at != name.npos; at = name.find(unnamed))
                name.erase(at, unnamed.size());
            if (is_of_interest(name)) text += "    " + name.substr(0, name.find('(')) + "\n";
        } else if (names != nullptr) {
            text += std::string("    ") + names[i] + "\n";
        }
    }
    std::free(names);
    return text;
}

}  // namespace

Turns::Turns(std::uint64_t seed)
    : dice_(seed), interrupts_(seed != 0), director_(std::make_unique<Turn>()) {
    director_->name = "director";
}

Turns::~Turns() {
    for (auto& turn : turns_) {
        if (turn->ended) {
            turn->thread.join();
        } else {  // it waits for ever, and the test has failed
            turn->thread.detach();
            static_cast<void>(turn.release());
        }
    }
}

Turns* Turns::here() {
    return my_turns;
}
Turns::Turn* Turns::mine() {
    return my_turn;
}
const std::string& Turns::name_of(const Turn& turn) {
    return turn.name;
}

void Turns::add(std::string name, std::function<void()> body) {
    auto turn = std::make_unique<Turn>();
    turn->name = std::move(name);
    turn->body = std::move(body);
    Turn* own = turn.get();
    turn->thread = std::thread([this, own] {
        own->go.acquire();
        my_turns = this;
        my_turn = own;
        own->started = true;
        own->body();
        own->ended = true;
        my_turns = nullptr;
        my_turn = nullptr;
        Turn* next = choose(nullptr);
        (next != nullptr ? next : director_.get())->go.release();
    });
    turns_.push_back(std::move(turn));
}

// One that has not ended and can go on, at random; nullptr: none can.
Turns::Turn* Turns::choose(Turn* not_this) {
    const auto count = static_cast<std::uint32_t>(turns_.size());
    const std::uint32_t first = interrupts_ ? dice_.below(count) : 0;
    for (std::uint32_t i = 0; i < count; ++i) {
        Turn& turn = *turns_[(first + i) % count];
        if (turn.ended || &turn == not_this) continue;
        if (turn.ready == nullptr || (*turn.ready)()) return &turn;
    }
    return nullptr;
}

void Turns::hand_to(Turn* next) {
    Turn* own = my_turn;
    (next != nullptr ? next : director_.get())->go.release();
    own->go.acquire();
    while (own->shows_stack) {
        own->shows_stack = false;
        own->stack = stack_here();
        director_->go.release();
        own->go.acquire();
    }
}

void Turns::run() {
    Turn* next = choose(nullptr);
    if (next == nullptr) return;
    next->go.release();
    director_->go.acquire();
}

void Turns::point() {
    if (interrupts_ && dice_.one_in(4)) yield();
}

void Turns::yield() {
    if (Turn* next = choose(my_turn)) hand_to(next);
}

void Turns::wait(const char* what, const std::function<bool()>& ready,
                 const std::function<Turn*()>& holder) {
    Turn& own = *my_turn;
    own.waits_for = what;
    own.ready = &ready;
    own.holder = &holder;
    while (!ready()) hand_to(choose(&own));
    own.waits_for = nullptr;
    own.ready = nullptr;
    own.holder = nullptr;
}

// The thread itself writes it down, since only it can see its own frames.
std::string Turns::stack_of(Turn& turn) {
    if (&turn == my_turn) return stack_here();
    if (turn.ended || !turn.started) return "";
    Turn* asks = my_turn != nullptr ? my_turn : director_.get();
    std::unique_ptr<Turn> director = std::move(director_);
    director_.reset(asks);
    turn.shows_stack = true;
    turn.go.release();
    asks->go.acquire();
    director_.release();
    director_ = std::move(director);
    return turn.stack;
}

std::string Turns::stacks_of(Turn& waiter, Turn* holder) {
    std::string text = "  " + waiter.name + ":\n" + stack_of(waiter);
    if (holder != nullptr) text += "  " + holder->name + ":\n" + stack_of(*holder);
    return text;
}

bool Turns::has_ended(const std::string& name) const {
    for (const auto& turn : turns_)
        if (turn->name == name) return turn->ended;
    return false;
}

std::string Turns::stuck() {
    std::string text;
    for (auto& turn : turns_) {
        if (turn->ended) continue;
        Turn* holder = turn->holder != nullptr ? (*turn->holder)() : nullptr;
        text += turn->name + " waits for " + (turn->waits_for ? turn->waits_for : "its turn");
        if (holder != nullptr) text += ", which " + holder->name + " has";
        text += "\n" + stacks_of(*turn, holder);
    }
    return text;
}

}  // namespace openbar::driver::test
