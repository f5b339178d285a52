#include "openbar/pci_registers.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

namespace openbar::pci {
namespace {

/// A configuration space in memory; reads past its end fail.
struct Space {
    std::array<std::uint8_t, express_size> bytes{};

    bool operator()(std::uint32_t offset, unsigned width, std::uint32_t& value) const {
        if (offset + width > bytes.size()) return false;
        value = 0;
        std::memcpy(&value, bytes.data() + offset, width);
        return true;
    }
    void capability(std::uint8_t at, std::uint8_t id, std::uint8_t next) {
        bytes[at] = id;
        bytes[at + 1u] = next;
    }
    void extended(std::uint16_t at, std::uint32_t header) {
        std::memcpy(bytes.data() + at, &header, 4);
    }
    static Space with_a_list(std::uint8_t first) {
        Space space;
        space.bytes[status] = status_capability_list;
        space.bytes[capability_list] = first;
        return space;
    }
};

struct Seen {
    std::vector<unsigned> offsets;
    bool operator()(const CapabilityPlace& place) {
        offsets.push_back(place.offset);
        return true;
    }
};
using Offsets = std::vector<unsigned>;

TEST(CapabilityWalk, visits_in_the_order_of_the_list) {
    Space space = Space::with_a_list(0x80);
    space.capability(0x80, capability::msix, 0x43);  // its lowest bits are reserved
    space.capability(0x40, capability::msi, 0);
    Seen seen;
    EXPECT_EQ(walk_capabilities(space, seen).end, ListEnd::complete);
    EXPECT_EQ(seen.offsets, (Offsets{0x80, 0x40}));
}

TEST(CapabilityWalk, needs_the_status_bit) {
    Space space = Space::with_a_list(0x80);
    space.bytes[status] = 0;
    Seen seen;
    EXPECT_EQ(walk_capabilities(space, seen).end, ListEnd::complete);
    EXPECT_TRUE(seen.offsets.empty());
}

TEST(CapabilityWalk, starts_elsewhere_for_cardbus) {
    Space space = Space::with_a_list(0x80);
    space.bytes[header_type] = header_cardbus | header_several_functions;
    space.bytes[cardbus_capability_list] = 0x90;
    Seen seen;
    EXPECT_EQ(walk_capabilities(space, seen).end, ListEnd::complete);
    EXPECT_EQ(seen.offsets, Offsets{0x90});
}

TEST(CapabilityWalk, stops_when_it_is_told_to) {
    Space space = Space::with_a_list(0x40);
    space.capability(0x40, capability::msi, 0x50);
    int visits = 0;
    const auto walk =
        walk_capabilities(space, [&](const CapabilityPlace&) { return ++visits < 1; });
    EXPECT_EQ(walk.end, ListEnd::stopped);
    EXPECT_EQ(visits, 1);
}

TEST(CapabilityWalk, names_the_fault_of_a_broken_list) {
    Space header = Space::with_a_list(0x40);
    header.capability(0x40, capability::msi, 0x3c);
    Seen seen;
    auto walk = walk_capabilities(header, seen);
    EXPECT_EQ(walk.end, ListEnd::into_header);
    EXPECT_EQ(walk.offset, 0x3c);

    Space circle = Space::with_a_list(0x40);
    circle.capability(0x40, capability::msi, 0x50);
    circle.capability(0x50, capability::msix, 0x40);
    walk = walk_capabilities(circle, Seen{});
    EXPECT_EQ(walk.end, ListEnd::circle);
    EXPECT_EQ(walk.offset, 0x40);

    const auto nobody = [](std::uint32_t, unsigned, std::uint32_t&) { return false; };
    EXPECT_EQ(walk_capabilities(nobody, Seen{}).end, ListEnd::unreadable);
}

TEST(CapabilityWalk, ends_when_all_reads_give_ones) {
    const auto ones = [](std::uint32_t, unsigned, std::uint32_t& value) {
        value = ~std::uint32_t{0};
        return true;
    };
    Seen seen;
    EXPECT_EQ(walk_capabilities(ones, seen).end, ListEnd::circle);
    EXPECT_EQ(seen.offsets, Offsets{0xfc});
    EXPECT_EQ(walk_extended_capabilities(express_size, ones, seen).end, ListEnd::complete);
}

TEST(CapabilityWalk, visits_every_place_of_the_longest_list_once) {
    Space space = Space::with_a_list(0x40);
    for (unsigned at = 0x40; at < 0x100; at += 4)
        space.capability(static_cast<std::uint8_t>(at), capability::vendor_specific,
                         static_cast<std::uint8_t>(at + 4));
    Seen seen;
    EXPECT_EQ(walk_capabilities(space, seen).end, ListEnd::complete);
    EXPECT_EQ(seen.offsets.size(), 48u);
}

TEST(ExtendedWalk, visits_and_stays_within_the_space) {
    Space space;
    space.extended(0x100, 0x14020001);
    space.extended(0x140, 0xffc1000b);
    std::vector<CapabilityPlace> places;
    const auto keep = [&](const CapabilityPlace& place) {
        places.push_back(place);
        return true;
    };
    auto walk = walk_extended_capabilities(express_size, space, keep);
    EXPECT_EQ(walk.end, ListEnd::complete) << "0xffc holds zeros";
    ASSERT_EQ(places.size(), 2u);
    EXPECT_EQ(places[0].id, extended_capability::advanced_error_reporting);
    EXPECT_EQ(places[0].version, 2);
    EXPECT_EQ(places[0].next, 0x140);
    EXPECT_TRUE(places[1].extended);
    walk = walk_extended_capabilities(0x200, space, keep);
    EXPECT_EQ(walk.end, ListEnd::outside);
    EXPECT_EQ(walk.offset, 0xffc);
    EXPECT_EQ(walk_extended_capabilities(conventional_size, space, keep).end, ListEnd::complete);
}

TEST(ExtendedWalk, ends_in_a_circle_and_at_the_header) {
    Space space;
    space.extended(0x100, 0x10010001);
    EXPECT_EQ(walk_extended_capabilities(express_size, space, Seen{}).end, ListEnd::circle);
    space.extended(0x100, 0x04010001);
    const auto walk = walk_extended_capabilities(express_size, space, Seen{});
    EXPECT_EQ(walk.end, ListEnd::outside);
    EXPECT_EQ(walk.offset, 0x40);
}

}  // namespace
}  // namespace openbar::pci
