#include "binding/step_runner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace openbar::binding {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A kernel with one function, which does what the steps say, or fails.
struct StandInKernel {
    std::string driver = "e1000";
    std::string driver_override{};
    std::vector<std::string> log{};
    std::optional<std::size_t> fail_at{};
    bool probe_lies = false;

    Result<void> run(const BindingStep& step) {
        if (fail_at == log.size()) {
            fail_at.reset();
            log.push_back("failed");
            return Error{ErrorCode::io, "write", "No such device", {}, 19};
        }
        log.push_back(step.command());
        if (step.file == "unbind") driver.clear();
        if (step.file == "override") driver_override = step.text == "\n" ? "" : step.text;
        if (step.file == "bind e1000" && driver_override.empty()) driver = "e1000";
        if (step.file == "bind vfio-pci" && driver_override == "vfio-pci" && !probe_lies)
            driver = "vfio-pci";
        return {};
    }
    Result<void> carry_out(const BindingChange& change) {
        return run_steps(
            change, [this](const BindingStep& step) { return run(step); },
            [this](const PciAddress&) { return driver; });
    }
};

BindingChange to_vfio() {
    return {.driver_before = "e1000",
            .driver_after = "vfio-pci",
            .steps = {{"unbind", "A"}, {"override", "vfio-pci"}, {"bind vfio-pci", "A"}},
            .undo = {{"bind e1000", "A"}, {"override", "\n"}, {"unbind", "A"}}};
}

TEST(BindingSteps, run_in_their_order) {
    StandInKernel kernel;

    ASSERT_TRUE(kernel.carry_out(to_vfio()));

    EXPECT_EQ(kernel.driver, "vfio-pci");
    EXPECT_THAT(kernel.log, ElementsAre("echo A > unbind", "echo vfio-pci > override",
                                        "echo A > bind vfio-pci"));
}

TEST(BindingSteps, leave_everything_as_it_was_whichever_of_them_fails) {
    for (std::size_t failing = 0; failing < 3; ++failing) {
        StandInKernel kernel{.fail_at = failing};

        const auto done = kernel.carry_out(to_vfio());

        ASSERT_FALSE(done);
        EXPECT_EQ(kernel.driver, "e1000") << failing;
        EXPECT_EQ(kernel.driver_override, "") << failing;
        EXPECT_THAT(done.error().cause, HasSubstr("No such device"));
        EXPECT_THAT(done.error().cause, HasSubstr("as it was before"));
    }
}

TEST(BindingSteps, are_taken_back_when_the_kernel_only_pretends) {
    StandInKernel kernel{.probe_lies = true};

    const auto done = kernel.carry_out(to_vfio());

    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().cause, HasSubstr("the driver is none"));
    EXPECT_THAT(done.error().hint, HasSubstr("sudo dmesg | tail"));
    EXPECT_EQ(kernel.driver, "e1000");
    EXPECT_EQ(kernel.driver_override, "");
}

TEST(BindingSteps, tell_what_could_not_be_taken_back) {
    int calls = 0;

    const auto done = run_steps(
        to_vfio(),
        [&](const BindingStep&) -> Result<void> {
            if (++calls <= 2) return {};
            return Error{ErrorCode::io, "write", "broken", {}, 0};
        },
        [](const PciAddress&) { return std::string(); });

    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().cause, HasSubstr("could not undo by 'echo > override'"));
    EXPECT_THAT(done.error().cause, HasSubstr("could not undo by 'echo A > bind e1000'"));
}

TEST(BindingSteps, are_none_to_do_where_all_is_as_wanted) {
    StandInKernel kernel;

    EXPECT_TRUE(kernel.carry_out({.driver_before = "e1000", .driver_after = "e1000"}));
    EXPECT_THAT(kernel.log, IsEmpty());
}

}  // namespace
}  // namespace openbar::binding
