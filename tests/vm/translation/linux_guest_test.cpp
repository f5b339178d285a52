// A running Linux guest: every mapping that QEMU lists, and what the guest's own kernel says of a
// process, against the library's walk through a dump.
#include "openbar/translator.hpp"

#include "monitor.hpp"
#include "scratch.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <random>
#include <sstream>
#include <thread>

namespace openbar::testing {
namespace {

struct Page {
    std::uint64_t address;
    std::uint64_t physical;
};

std::string hexadecimal(std::uint64_t number) {
    std::ostringstream text;
    text << "0x" << std::hex << number;
    return text.str();
}

/// Boots, runs mapped_pages in it and stops the machine while that spins.
class LinuxGuest : public ::testing::Test {
protected:
    void SetUp() override {
        char line[256];
        const std::unique_ptr<FILE, int (*)(FILE*)> output(
            ::fdopen(guest_.take_output().release(), "r"), &std::fclose);
        bool ready = false;
        while (!ready && std::fgets(line, sizeof line, output.get()) != nullptr) {
            std::istringstream words(line);
            Page page{};
            if (words >> std::hex >> page.address >> page.physical) pages_.push_back(page);
            ready = std::string_view(line) == "ready\n";
        }
        ASSERT_TRUE(ready) << "the guest ended before it was ready";
        monitor_ = std::make_unique<Monitor>(Monitor::connect(scratch_.file("qmp")));
        ASSERT_FALSE(pages_.empty());
        // Whoever passes on what the program has printed may be on the processor instead.
        for (int others = 0; others < 20; ++others) {
            stop();
            if (HasFatalFailure() || is_the_programs()) return;
            monitor_->ask("cont");
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        FAIL() << "another program was on the processor each time";
    }

    void stop() {
        monitor_->ask("stop");
        const std::string dump = scratch_.file("dump");
        monitor_->ask("dump-guest-memory \"" + dump + "\"");
        auto memory = PhysicalMemory::open(dump);
        ASSERT_TRUE(memory) << memory.error().message();
        memory_ = std::make_unique<PhysicalMemory>(std::move(*memory));
        ASSERT_EQ(memory_->processors().size(), 1U);
        auto paging = Paging::of(memory_->processors().front());
        ASSERT_TRUE(paging) << paging.error().message();
        paging_ = *paging;
        paging_.physical_bits = 40;
    }

    /// Whether the processor was using the program's tables when it was stopped.
    [[nodiscard]] bool is_the_programs() const {
        const auto found = translate(*memory_, paging_, pages_.front().address);
        return found && found->physical_address() == pages_.front().physical;
    }

    void TearDown() override {
        if (monitor_ == nullptr) return;
        monitor_->ask("cont");
        guest_.take_input().reset();
    }

    ScratchDirectory scratch_;
    ChildProcess guest_{
        {OPENBAR_VM_RUN, OPENBAR_BUILD, "--memory", "256M", "--qemu", "-qmp", "--qemu",
         "unix:" + scratch_.file("qmp") + ",server=on,wait=off", "--", OPENBAR_MAPPED_PAGES},
        {}};
    std::unique_ptr<Monitor> monitor_;
    std::unique_ptr<PhysicalMemory> memory_;
    Paging paging_;
    std::vector<Page> pages_;
};

/// The flags of a leaf as `info tlb` writes them: X (no execute), G, P (large), D, A, C, T, U, W.
std::string flags_of(const TranslationStep& leaf) {
    const std::array<std::pair<char, bool>, 9> flags{{{'X', !leaf.executable},
                                                      {'G', leaf.global},
                                                      {'P', leaf.level != PagingLevel::pt},
                                                      {'D', leaf.dirty},
                                                      {'A', leaf.accessed},
                                                      {'C', leaf.cache_disable},
                                                      {'T', leaf.write_through},
                                                      {'U', leaf.user},
                                                      {'W', leaf.writable}}};
    std::string text;
    for (const auto& [letter, set] : flags) text += set ? letter : '-';
    return text;
}

TEST_F(LinuxGuest, its_mappings_are_what_qemu_and_its_own_kernel_say) {
    EXPECT_EQ(paging_.mode, PagingMode::level4);

    // The guest's kernel, of its process.
    EXPECT_GT(pages_.size(), 3000U);
    for (const Page& page : pages_) {
        const auto found = translate(*memory_, paging_, page.address).value();
        ASSERT_EQ(found.physical_address().value_or(UINT64_MAX), page.physical)
            << hexadecimal(page.address);
        ASSERT_TRUE(found.user);
        ASSERT_TRUE(found.page_in_memory);
    }

    // QEMU, of everything that is mapped: "ffff888000000000: 0000000000000000 XG-DA---W".
    auto quick = Translator::create(*memory_, paging_).value();
    std::istringstream listing(monitor_->ask("info tlb"));
    std::array<std::size_t, 4> by_level{};
    std::vector<std::uint64_t> mapped;
    for (std::string address, physical, flags; listing >> address >> physical >> flags;) {
        address.pop_back();
        const std::uint64_t number = std::stoull(address, nullptr, 16);
        const auto found = translate(*memory_, paging_, number).value();
        ASSERT_EQ(found.physical_address().value_or(UINT64_MAX), std::stoull(physical, nullptr, 16))
            << address;
        const TranslationStep leaf = found.steps().back();
        // The large-page bit of a PT entry is its PAT bit, which QEMU shows as P.
        const bool pat = leaf.level == PagingLevel::pt && (leaf.entry & 0x80U) != 0;
        std::string expected = flags_of(leaf);
        if (pat) expected[2] = 'P';
        ASSERT_EQ(flags, expected) << address;
        ASSERT_EQ(quick.physical(number), found.physical) << address;
        ++by_level.at(static_cast<std::size_t>(leaf.level));
        mapped.push_back(number);
    }
    EXPECT_GT(by_level[1], 5000U);
    EXPECT_GT(by_level[2], 50U);

    // QEMU, of single addresses: within mapped pages, behind them, and anywhere.
    std::mt19937_64 random(3);
    std::size_t asked = 0;
    for (; asked < 3000; ++asked) {
        std::uint64_t address = mapped[random() % mapped.size()] + (random() & 0xfffU);
        if (asked % 4 == 1) address += (random() & 0xffU) << 12U;
        if (asked % 4 == 2) address ^= std::uint64_t{1} << (random() % 64);
        const auto found = translate(*memory_, paging_, address).value();
        const std::string expected =
            found.outcome == TranslationOutcome::mapped
                ? "gpa: " + (found.physical == 0 ? "0" : hexadecimal(found.physical)) + "\r\n"
                : "Unmapped\r\n";
        ASSERT_EQ(monitor_->ask("gva2gpa " + hexadecimal(address)), expected)
            << hexadecimal(address);
    }
    std::printf(
        "%zu pages of the process, %zu mappings (%zu of 4 KiB, %zu of 2 MiB, %zu of 1 GiB), "
        "%zu single addresses\n",
        pages_.size(), mapped.size(), by_level[1], by_level[2], by_level[3], asked);
}

}  // namespace
}  // namespace openbar::testing
