#include "openbar/configuration.hpp"
#include "openbar/device.hpp"

#include "tests/unit/cli/one_card.hpp"

#include <gmock/gmock.h>

namespace openbar {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;

class CapabilityList : public test::OneCard {
protected:
    Result<std::vector<PciCapability>> walk() const {
        const auto device = Device::open("00:04.0");
        if (!device) return device.error();
        return device->configuration().value().capabilities();
    }
    const std::string config_ = test::card + "/config";
};

TEST_F(CapabilityList, begins_elsewhere_in_the_header_of_a_bridge_to_cardbus) {
    system_.poke(config_, 0x06, std::string("\x10\0", 2));
    system_.poke(config_, 0x0e, "\x82");
    system_.poke(config_, 0x14, "\xa0");
    system_.poke(config_, 0x34, "\x20");  // part of an I/O window there
    system_.poke(config_, 0xa0, std::string("\x01\0", 2));

    const auto capabilities = walk();

    ASSERT_TRUE(capabilities) << capabilities.error().message();
    EXPECT_THAT(*capabilities, ElementsAre(Field(&PciCapability::offset, 0xa0)));
}

TEST_F(CapabilityList, goes_on_past_reserved_bits_of_an_extended_pointer) {
    std::string space = system_.read(config_);
    space.resize(4096);
    system_.write(config_, space);
    system_.poke(config_, 0x100, std::string("\x01\0\x32\x14", 4));  // to 0x140, with 3 below
    system_.poke(config_, 0x140, std::string("\x03\0\x01\0", 4));

    const auto capabilities = walk();

    ASSERT_TRUE(capabilities) << capabilities.error().message();
    EXPECT_THAT(
        *capabilities,
        ElementsAre(AllOf(Field(&PciCapability::id, 1), Field(&PciCapability::version, 2)),
                    AllOf(Field(&PciCapability::id, 3), Field(&PciCapability::offset, 0x140))));
}

}  // namespace
}  // namespace openbar
