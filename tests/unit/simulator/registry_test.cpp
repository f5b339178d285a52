#include "simulator/registry.hpp"

#include "simulator/testing/stand_in_bus.hpp"

#include <gmock/gmock.h>

namespace openbar::simulator {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class Blank final : public Model {
public:
    explicit Blank(std::uint64_t size) {
        description_.name = "blank";
        description_.vendor = 0x1234;
        description_.regions = {{.index = 0, .size = size}};
    }
    const Description& description() const override { return description_; }
    std::uint64_t read(RegionNumber, std::uint64_t, unsigned) override { return 0; }
    void write(RegionNumber, std::uint64_t, unsigned, std::uint64_t) override {}
    void reset() override {}

private:
    Description description_;
};

ModelEntry blank_entry() {
    return {.name = "blank",
            .summary = "nothing",
            .parameters = {{"size", "0x1000", "bytes"}},
            .create = [](const Parameters& parameters) -> Result<std::unique_ptr<Model>> {
                const auto size = parameters.number("size");
                if (!size) return size.error();
                return std::make_unique<Blank>(*size);
            }};
}

TEST(Registry, every_built_in_model_can_be_created_by_its_name_and_says_what_it_is) {
    const Registry registry = Registry::with_built_in();
    EXPECT_FALSE(registry.entries().empty());
    for (const ModelEntry& entry : registry.entries()) {
        EXPECT_FALSE(entry.summary.empty());
        const auto model = registry.create(entry.name);
        ASSERT_TRUE(model) << model.error().message();
        EXPECT_EQ((*model)->description().name, entry.name);
    }
}

TEST(Registry, parameters_reach_the_model) {
    const auto edu =
        Registry::with_built_in().create("edu,dma_time=2ms,dma_mask=0xffffffffffffffff");
    ASSERT_TRUE(edu) << edu.error().message();
    StandInBus bus;
    (*edu)->attach(bus);
    (*edu)->write(0, 0x98, 4, 1);
    bus.advance(1ms);
    EXPECT_EQ((*edu)->read(0, 0x98, 4), 1u);
    bus.advance(1ms);
    EXPECT_EQ((*edu)->read(0, 0x98, 4), 0u);
}

TEST(Registry, unknown_model_is_an_error_that_lists_the_known_ones) {
    const auto model = Registry::with_built_in().create("eduu,dma_time=1ms");
    ASSERT_FALSE(model);
    EXPECT_EQ(model.error().code, ErrorCode::not_found);
    EXPECT_THAT(model.error().message(), HasSubstr("\"eduu\""));
    EXPECT_THAT(model.error().message(), HasSubstr("edu"));
}

TEST(Registry, wrong_parameter_is_an_error_that_lists_the_right_ones) {
    const Registry registry = Registry::with_built_in();
    for (const char* address :
         {"edu,dmatime=1ms", "edu,dma_time", "edu,", "edu,=", "edu,dma_time=", "edu,dma_time=1",
          "edu,dma_time=-1s", "edu,dma_time=2000000h", "edu,dma_time=99999999999999999999s",
          "edu,dma_mask=0x", "edu,dma_mask=12z", "edu,dma_time=1s,dma_time=2s"}) {
        const auto model = registry.create(address);
        ASSERT_FALSE(model) << address;
        EXPECT_EQ(model.error().code, ErrorCode::invalid_argument) << address;
    }
    EXPECT_THAT(registry.create("edu,dmatime=1ms").error().message(),
                HasSubstr("dma_time=100ms (how long a DMA takes)"));
    EXPECT_THAT(registry.create("edu,dma_time=soon").error().message(),
                HasSubstr("dma_time=soon is not a time"));
}

TEST(Registry, model_of_the_programs_own_is_created_like_the_others) {
    Registry registry = Registry::with_built_in();
    ASSERT_TRUE(registry.add(blank_entry()));
    const auto model = registry.create("blank,size=256");
    ASSERT_TRUE(model) << model.error().message();
    EXPECT_EQ((*model)->description().regions.at(0).size, 256u);
}

TEST(Registry, of_this_program_begins_with_the_built_in_models_and_keeps_what_is_added) {
    ASSERT_TRUE(Registry::of_this_program().create("edu"));
    ASSERT_TRUE(Registry::of_this_program().add(blank_entry()));
    EXPECT_TRUE(Registry::of_this_program().create("blank"));
    EXPECT_FALSE(Registry::with_built_in().create("blank"));
}

TEST(Registry, model_added_again_takes_the_place_of_the_first) {
    Registry registry;
    ASSERT_TRUE(registry.add(blank_entry()));
    ModelEntry second = blank_entry();
    second.summary = "the second";
    ASSERT_TRUE(registry.add(second));
    ASSERT_EQ(registry.entries().size(), 1u);
    EXPECT_EQ(registry.entries()[0].summary, "the second");
}

TEST(Registry, refuses_a_description_that_no_card_can_have) {
    Registry registry;
    ASSERT_TRUE(registry.add(blank_entry()));
    const auto model = registry.create("blank,size=1000");
    ASSERT_FALSE(model);
    EXPECT_THAT(model.error().message(),
                HasSubstr("region 0: its size 0x3e8 is not a power of two"));
}

TEST(Registry, refuses_a_name_that_could_not_be_asked_for) {
    Registry registry;
    for (const char* name : {"", "a,b", "a b", "a/b", "a:b"}) {
        ModelEntry entry = blank_entry();
        entry.name = name;
        EXPECT_FALSE(registry.add(entry)) << name;
    }
    EXPECT_FALSE(registry.add({.name = "empty", .summary = "has no factory"}));
}

TEST(Parameters, two_commas_in_a_value_stand_for_one) {
    const ParameterDescription declared[] = {{"file", "", "a path"}, {"size", "1", "bytes"}};
    const auto parameters = Parameters::parse("card,file=a,,b=c,size=2", declared);
    ASSERT_TRUE(parameters) << parameters.error().message();
    EXPECT_EQ(parameters->text("file"), "a,b=c");
    EXPECT_EQ(parameters->number("size"), 2u);
    EXPECT_EQ(parameters->text("undeclared"), "");
}

TEST(Parameters, durations_have_units) {
    const ParameterDescription declared[] = {
        {"a", "15ns", ""}, {"b", "0us", ""}, {"c", "3600s", ""}};
    const auto parameters = Parameters::parse("card", declared);
    ASSERT_TRUE(parameters);
    EXPECT_EQ(parameters->duration("a"), 15ns);
    EXPECT_EQ(parameters->duration("b"), 0ns);
    EXPECT_EQ(parameters->duration("c"), 1h);
}

}  // namespace
}  // namespace openbar::simulator
