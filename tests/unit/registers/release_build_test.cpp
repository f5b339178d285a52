// Compiled without assertions, whatever the build type is.
#include "openbar/register_value.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace openbar {
namespace {

struct Narrow : Register<0x10, std::uint8_t> {
    using Upper = Field<7, 4>;
    using Lower = Field<3, 0>;
};

TEST(ReleaseBuild, a_value_too_wide_loses_its_excess_and_spares_its_neighbours) {
    Value<Narrow> image = 0x50;
    image.set<Narrow::Lower>(0x1f);
    EXPECT_EQ(image.value(), 0x5f);
}

}  // namespace
}  // namespace openbar
