// Random page tables of every mode, walked by the library and by QEMU: by its processor, which a
// guest of our own makes touch each address, and by its monitor.
#include "openbar/translator.hpp"

#include "guest_memory.hpp"
#include "monitor.hpp"
#include "scratch.hpp"
#include "tables.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <sstream>
#include <thread>

namespace openbar::testing {
namespace {

constexpr std::size_t probe_count = 6000;
constexpr std::size_t asked_of_the_monitor = 2000;  // which takes its time

struct Scenario {
    const char* name;
    Paging paging;
};

void PrintTo(const Scenario& scenario, std::ostream* out) {
    *out << scenario.name;
}

constexpr std::uint32_t protection = 1;  // the P bit of a #PF's error code

/// The error code of a page fault, or what else using the address must give. SDM 4.7.
std::uint32_t expected_error(const Translation& found, bool refused, std::uint32_t access) {
    constexpr std::uint32_t reserved = 8;
    switch (found.outcome) {
        case TranslationOutcome::mapped: return refused ? protection | access : no_error;
        case TranslationOutcome::not_canonical: return general_protection;
        case TranslationOutcome::not_present: return access;
        case TranslationOutcome::reserved_bits: return protection | reserved | access;
        case TranslationOutcome::outside_memory: return access;  // QEMU reads 0 there
    }
    return no_error;
}

bool holds_pattern(std::uint64_t physical) {
    return physical >= layout::data && physical < layout::data_end;
}

/// What the guest noted, with a fault of reserved bits as the SDM has it: QEMU 7.2 forgets its P
/// bit.
std::uint32_t noted_error(std::uint32_t error) {
    constexpr std::uint32_t reserved = 8;
    return error < general_protection && (error & reserved) != 0 ? error | protection : error;
}

/// The steps of a translation, for whoever has to find out why it differs.
std::string steps_of(const Translation& found) {
    std::ostringstream text;
    text << std::hex << found.address << ":";
    for (const auto& step : found.steps())
        text << " " << to_string(step.level) << "[" << step.index << "]=" << step.entry;
    return text.str();
}

/// Whether a random entry made a table of the firmware's memory or of the guest's own: what is
/// there changes while the guest runs, so that the test would see another entry than the guest.
bool walks_working_memory(const Translation& found) {
    return std::ranges::any_of(found.steps(), [](const TranslationStep& step) {
        return step.entry_address < layout::tables;
    });
}

class BareMetal : public ::testing::TestWithParam<Scenario> {
protected:
    void SetUp() override {
        paging_ = GetParam().paging;
        paging_.cr3 = layout::tables;
        paging_.physical_bits = 40;  // of QEMU's own processors
        RandomTables tables(paging_, 20261121);
        memory_.set_tables(tables);
        for (std::size_t i = 0; i < probe_count; ++i) addresses_.push_back(tables.address());
        choose_what_to_execute();
        memory_.set_job(paging_, addresses_, may_execute_);
    }

    /// Executing is safe where it must fault, and where the page ends in return instructions.
    void choose_what_to_execute() {
        const auto before = PhysicalMemory::from_raw(memory_.bytes()).value();
        for (const std::uint64_t address : addresses_) {
            const auto found = translate(before, paging_, address).value();
            may_execute_.push_back(found.outcome != TranslationOutcome::not_canonical &&
                                   !walks_working_memory(found) &&
                                   (found.outcome != TranslationOutcome::mapped ||
                                    !found.executable || holds_pattern(found.physical)));
        }
    }

    void run(Qemu& machine) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!memory_.done()) {
            ASSERT_LT(std::chrono::steady_clock::now(), deadline)
                << machine.monitor().ask("info registers");
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        machine.monitor().ask("stop");
    }

    std::vector<std::string> arguments() const {
        auto all = memory_.arguments();
        all.insert(all.end(), {"-kernel", OPENBAR_TRANSLATION_GUEST});
        return all;
    }

    ScratchDirectory scratch_;
    GuestMemory memory_{scratch_.file("ram")};
    Paging paging_;
    std::vector<std::uint64_t> addresses_;
    std::vector<bool> may_execute_;
};

TEST_P(BareMetal, the_processor_finds_what_the_library_finds) {
    Qemu machine(arguments());
    run(machine);
    const auto image = PhysicalMemory::from_raw(memory_.bytes()).value();
    const bool long_mode = paging_.mode == PagingMode::level4 || paging_.mode == PagingMode::level5;
    const bool tells_fetches = paging_.mode != PagingMode::bits32 && paging_.no_execute;
    std::array<std::size_t, 5> outcomes{};
    std::size_t compared = 0;
    for (std::size_t i = 0; i < addresses_.size(); ++i) {
        const auto found = translate(image, paging_, addresses_[i]).value();
        if (walks_working_memory(found)) continue;
        const ProbeResult result = memory_.result(i);
        ++outcomes[static_cast<std::size_t>(found.outcome)];
        ASSERT_EQ(noted_error(result.read_error), expected_error(found, false, 0))
            << steps_of(found);
        ASSERT_EQ(noted_error(result.write_error), expected_error(found, !found.writable, 2))
            << steps_of(found);
        ASSERT_EQ(noted_error(result.smap_error), expected_error(found, found.user, 0))
            << steps_of(found);
        if (may_execute_[i]) {
            ASSERT_EQ(noted_error(result.execute_error),
                      expected_error(found, !found.executable, tells_fetches ? 0x10 : 0))
                << steps_of(found);
        }
        if (found.outcome != TranslationOutcome::mapped || !holds_pattern(found.physical)) continue;
        const std::uint64_t pattern =
            (found.physical & 0xfffU) == 0xff8 ? return_instructions : found.physical;
        const std::uint64_t width = long_mode ? UINT64_MAX : 0xffff'ffffU;
        ASSERT_EQ(result.value & width, pattern & width) << steps_of(found);
        ++compared;
    }
    EXPECT_GT(compared, probe_count / 10) << "too few of the random addresses lead to memory";
    EXPECT_GT(outcomes[static_cast<std::size_t>(TranslationOutcome::not_present)], 100U);
    std::printf(
        "%s: %zu mapped (%zu of them read back), %zu not canonical, %zu not present, %zu "
        "reserved, %zu outside\n",
        GetParam().name, outcomes[0], compared, outcomes[1], outcomes[2], outcomes[3], outcomes[4]);
}

TEST_P(BareMetal, the_monitor_finds_what_the_library_finds_in_its_dumps) {
    Qemu machine(arguments());
    run(machine);
    const std::string raw = scratch_.file("raw");
    const std::string elf = scratch_.file("elf");
    machine.monitor().ask("pmemsave 0 " + std::to_string(layout::memory_end) + " \"" + raw + "\"");
    machine.monitor().ask("dump-guest-memory \"" + elf + "\"");
    const auto image = PhysicalMemory::open(raw);
    const auto dump = PhysicalMemory::open(elf);
    ASSERT_TRUE(image) << image.error().message();
    ASSERT_TRUE(dump) << dump.error().message();

    ASSERT_EQ(dump->processors().size(), 1U);
    const auto dumped = Paging::of(dump->processors().front());
    ASSERT_TRUE(dumped) << dumped.error().message();
    EXPECT_EQ(dumped->mode, paging_.mode);
    EXPECT_EQ(dumped->cr3, paging_.cr3);

    auto quick = Translator::create(*image, paging_).value();
    addresses_.resize(asked_of_the_monitor);
    for (const std::uint64_t address : addresses_) {
        const auto found = translate(*dump, paging_, address).value();
        ASSERT_EQ(found.outcome, translate(*image, paging_, address).value().outcome);
        ASSERT_EQ(quick.physical(address), found.outcome == TranslationOutcome::mapped
                                               ? std::optional(found.physical)
                                               : std::nullopt);
        // The monitor does not look at reserved bits.
        if (found.outcome == TranslationOutcome::reserved_bits) continue;
        char text[64];
        std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(address));
        const std::string answer = machine.monitor().ask("gva2gpa " + std::string(text));
        std::snprintf(text, sizeof text, "gpa: %#llx\r\n",
                      static_cast<unsigned long long>(found.physical));
        ASSERT_EQ(answer, found.outcome == TranslationOutcome::mapped ? text : "Unmapped\r\n")
            << steps_of(found);
    }
}

constexpr Scenario scenarios[] = {
    {"32_bits", {.mode = PagingMode::bits32}},
    {"32_bits_without_large_pages", {.mode = PagingMode::bits32, .page_size_extension = false}},
    {"pae", {.mode = PagingMode::pae}},
    {"pae_without_no_execute", {.mode = PagingMode::pae, .no_execute = false}},
    {"4_levels", {.mode = PagingMode::level4}},
    {"4_levels_without_no_execute", {.mode = PagingMode::level4, .no_execute = false}},
    {"5_levels", {.mode = PagingMode::level5}},
};

INSTANTIATE_TEST_SUITE_P(Translation, BareMetal, ::testing::ValuesIn(scenarios),
                         [](const auto& scenario) { return std::string(scenario.param.name); });

}  // namespace
}  // namespace openbar::testing
