// Emulated mappings beside what else a program does with signals, threads and processes.
#include "tests/unit/trap/plain_registers.hpp"
#include "trap/emulated_mapping.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace openbar::trap::testing {
namespace {

/// One register that does what a test says.
class OneRegister final : public Registers {
public:
    explicit OneRegister(std::function<std::uint64_t()> answer) : answer_(std::move(answer)) {}
    std::uint64_t load(std::uint64_t, unsigned) noexcept override { return answer_(); }
    void store(std::uint64_t, unsigned, std::uint64_t) noexcept override {}

private:
    std::function<std::uint64_t()> answer_;
};

volatile std::uint32_t& word(const EmulatedMapping& mapping) {
    return *reinterpret_cast<volatile std::uint32_t*>(mapping.base());
}

std::unique_ptr<EmulatedMapping> map(Registers& registers, bool writable = true) {
    return EmulatedMapping::create(4096, writable, registers).value();
}

volatile std::uint32_t* unmapped_word() {
    void* const page = ::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return static_cast<volatile std::uint32_t*>(page);
}

struct sigaction handler_of(int signal) {
    struct sigaction action {};
    ::sigaction(signal, nullptr, &action);
    return action;
}

void install(int signal, void (*handler)(int, siginfo_t*, void*)) {
    struct sigaction action {};
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO;
    sigemptyset(&action.sa_mask);
    ::sigaction(signal, &action, nullptr);
}

/// Each runs in a separate process, from its start: what is installed first matters.
class HandlersDeathTest : public ::testing::Test {
protected:
    HandlersDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(HandlersDeathTest, of_the_program_installed_before_get_its_own_faults) {
    const auto run = [] {
        install(SIGSEGV, [](int, siginfo_t*, void*) {
            sigset_t blocked;
            pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
            ::_exit(sigismember(&blocked, SIGSEGV) == 1 && sigismember(&blocked, SIGUSR1) == 0 ? 42
                                                                                               : 1);
        });
        OneRegister register_of_7([] { return 7; });
        const auto mapping = map(register_of_7);
        if (word(*mapping) != 7) ::_exit(2);
        *unmapped_word() = 1;
    };
    EXPECT_EXIT(run(), ::testing::ExitedWithCode(42), "");
}

struct sigaction before_mine;

TEST_F(HandlersDeathTest, of_the_program_installed_later_pass_traps_on) {
    const auto run = [] {
        OneRegister register_of_7([] { return 7; });
        const auto mapping = map(register_of_7);
        before_mine = handler_of(SIGSEGV);
        install(SIGSEGV, [](int signal, siginfo_t* info, void* context) {
            static const auto* const mine = unmapped_word();
            if (info->si_addr == mine) ::_exit(42);
            before_mine.sa_sigaction(signal, info, context);
        });
        if (word(*mapping) != 7) ::_exit(2);
        ::_exit(word(*mapping) == 7 ? 43 : 3);
    };
    EXPECT_EXIT(run(), ::testing::ExitedWithCode(43), "");
}

TEST_F(HandlersDeathTest, without_any_of_the_programs_a_fault_ends_it) {
    const auto run = [] {
        ::signal(SIGSEGV, SIG_DFL);
        OneRegister register_of_7([] { return 7; });
        const auto mapping = map(register_of_7);
        *unmapped_word() = 1;
    };
    EXPECT_EXIT(run(), ::testing::KilledBySignal(SIGSEGV), "");
}

TEST_F(HandlersDeathTest, end_the_program_when_another_process_sends_the_signal) {
    const auto run = [] {
        ::signal(SIGSEGV, SIG_DFL);
        OneRegister register_of_7([] { return 7; });
        const auto mapping = map(register_of_7);
        ::raise(SIGSEGV);
        ::_exit(0);
    };
    EXPECT_EXIT(run(), ::testing::KilledBySignal(SIGSEGV), "");
}

TEST_F(HandlersDeathTest, name_the_instruction_that_cannot_be_emulated) {
    const auto run = [] {
        ::signal(SIGSEGV, SIG_DFL);
        OneRegister register_of_7([] { return 7; });
        const auto mapping = map(register_of_7);
        asm volatile("jmp *8(%0)" : : "r"(mapping->base()));
    };
    EXPECT_EXIT(
        run(), ::testing::KilledBySignal(SIGSEGV),
        "openbar: cannot emulate the instruction \"jmp \\[r..?\\+0x08\\]\" at 0x[0-9a-f]+, which "
        "accesses 0x[0-9a-f]+008: it takes the next instruction's address from a register");
}

TEST_F(HandlersDeathTest, let_a_store_to_what_is_mapped_for_reading_end_the_program) {
    const auto run = [] {
        ::signal(SIGSEGV, SIG_DFL);
        OneRegister register_of_7([] { return 7; });
        const auto mapping = map(register_of_7, false);
        if (word(*mapping) != 7) ::_exit(2);
        word(*mapping) = 1;
    };
    EXPECT_EXIT(run(), ::testing::KilledBySignal(SIGSEGV), "^$");
}

TEST(TrapProcess, gives_system_calls_efault) {
    OneRegister register_of_7([] { return 7; });
    const auto mapping = map(register_of_7);
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    EXPECT_EQ(::write(ends[1], mapping->base(), 4), -1);
    EXPECT_EQ(errno, EFAULT);
    ::close(ends[0]);
    ::close(ends[1]);
}

std::atomic<int> user_signals = 0;

TEST(TrapProcess, holds_other_signals_back_until_the_access_is_done) {
    install(SIGUSR1, [](int, siginfo_t*, void*) { ++user_signals; });
    int during = -1;
    OneRegister raising([&] {
        ::raise(SIGUSR1);
        during = user_signals;
        return 7;
    });
    const auto mapping = map(raising);
    EXPECT_EQ(word(*mapping), 7u);
    EXPECT_EQ(during, 0);
    EXPECT_EQ(user_signals, 1);
    ::signal(SIGUSR1, SIG_DFL);
}

const EmulatedMapping* touched_by_handler = nullptr;

TEST(TrapProcess, works_in_the_handlers_of_other_signals) {
    OneRegister register_of_7([] { return 7; });
    const auto mapping = map(register_of_7);
    touched_by_handler = mapping.get();
    static std::uint32_t seen = 0;
    install(SIGUSR1, [](int, siginfo_t*, void*) { seen = word(*touched_by_handler); });
    ::raise(SIGUSR1);
    ::signal(SIGUSR1, SIG_DFL);
    EXPECT_EQ(seen, 7u);
}

TEST(TrapProcess, leaves_a_small_stack_of_handlers_to_handlers) {
    OneRegister hungry([] {
        std::array<volatile char, 200 * 1024> room;
        for (std::size_t i = 0; i < room.size(); i += 1024) room[i] = 1;
        return 7u + (room[1024] - 1u);
    });
    const auto mapping = map(hungry);
    std::jthread([&] {
        std::vector<std::byte> stack(static_cast<std::size_t>(::sysconf(_SC_MINSIGSTKSZ)) + 8192);
        const stack_t given{.ss_sp = stack.data(), .ss_flags = 0, .ss_size = stack.size()};
        stack_t before{};
        ASSERT_EQ(::sigaltstack(&given, &before), 0);
        EXPECT_EQ(word(*mapping), 7u);
        ASSERT_EQ(::sigaltstack(&before, nullptr), 0);
    });
}

class SharedRegister final : public Registers {
public:
    std::uint64_t load(std::uint64_t, unsigned) noexcept override {
        const std::scoped_lock lock(mutex_);
        return value;
    }
    void store(std::uint64_t, unsigned, std::uint64_t stored) noexcept override {
        const std::scoped_lock lock(mutex_);
        value = stored;
    }
    void begin_update() noexcept override { update_.lock(); }
    void end_update() noexcept override { update_.unlock(); }

    std::uint64_t value = 0;

private:
    std::mutex mutex_;
    std::mutex update_;
};

TEST(TrapProcess, makes_locked_instructions_of_several_threads_one_operation_each) {
    SharedRegister shared;
    const auto mapping = map(shared);
    constexpr std::uint64_t rounds = 500;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                for (std::uint64_t round = 0; round < rounds; ++round)
                    asm volatile("lock incq (%0)" : : "r"(mapping->base()) : "memory", "cc");
            });
    }
    EXPECT_EQ(shared.value, 4 * rounds);
}

TEST(TrapProcess, waits_for_accesses_under_way_before_the_mapping_goes) {
    std::atomic<bool> inside = false;
    std::atomic<bool> done = false;
    OneRegister slow([&] {
        inside = true;
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        done = true;
        return 7;
    });
    auto mapping = map(slow);
    std::jthread other([&] { EXPECT_EQ(word(*mapping), 7u); });
    while (!inside) std::this_thread::yield();
    auto* const last = mapping.release();
    delete last;
    EXPECT_TRUE(done);
}

TEST(TrapProcess, answers_a_child_of_fork_with_all_ones) {
    SharedRegister registers;
    registers.value = 5;
    const auto mapping = map(registers);
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        const bool ones = word(*mapping) == 0xffffffff;
        word(*mapping) = 9;
        OneRegister register_of_7([] { return 7; });
        const auto own = map(register_of_7);
        std::uint64_t both = 0;
        asm volatile("addq (%1), %0" : "+r"(both) : "r"(own->base()) : "cc");
        ::_exit(ones && registers.value == 5 && word(*own) == 7 && both == 7 ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(word(*mapping), 5u);
}

TEST(TrapProcess, has_a_limit_and_says_so) {
    OneRegister register_of_7([] { return 7; });
    std::vector<std::unique_ptr<EmulatedMapping>> all;
    for (;;) {
        auto one = EmulatedMapping::create(4096, true, register_of_7);
        if (!one) {
            EXPECT_EQ(one.error().code, ErrorCode::resource_exhausted);
            EXPECT_THAT(one.error().cause, ::testing::HasSubstr("1024"));
            break;
        }
        all.push_back(*std::move(one));
        ASSERT_LE(all.size(), 1024u);
    }
    EXPECT_EQ(word(*all.back()), 7u);
    all.clear();
    EXPECT_EQ(word(*map(register_of_7)), 7u);
    EXPECT_EQ(EmulatedMapping::create(UINT64_MAX, true, register_of_7).error().code,
              ErrorCode::resource_exhausted);
}

}  // namespace
}  // namespace openbar::trap::testing
