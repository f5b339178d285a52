#include "base/failure.hpp"
#include "configuration/capability_list.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>

namespace openbar::configuration {
namespace {

/// A configuration space of 256 bytes, of a device with MSI-X behind another capability.
class MsixTableOfASpace : public ::testing::Test {
protected:
    MsixTableOfASpace() {
        put(0x06, 0x10, 2);  // there is a list
        put(0x34, 0x40, 1);
        put(0x40, 0x6001, 2);
        put(0x60, 0x0011, 2);
        put(0x62, 0xc040, 2);  // enabled and masked, 65 vectors
        put(0x64, 0x2003, 4);  // in BAR 3
    }
    void put(std::size_t offset, std::uint64_t value, unsigned width) {
        for (unsigned byte = 0; byte < width; ++byte)
            space_.at(offset + byte) = static_cast<std::uint8_t>(value >> 8 * byte);
    }
    [[nodiscard]] Result<std::optional<MsixTable>> find() const {
        return find_msix_table(
            [this](std::uint64_t offset, unsigned width) -> Result<std::uint64_t> {
                if (offset + width > space_.size())
                    return failure(ErrorCode::io, "it is behind the end");
                std::uint64_t value = 0;
                for (unsigned byte = 0; byte < width; ++byte)
                    value |= std::uint64_t{space_.at(offset + byte)} << 8 * byte;
                return value;
            });
    }

private:
    std::array<std::uint8_t, 256> space_{};
};

TEST_F(MsixTableOfASpace, has_16_bytes_for_each_vector) {
    const auto table = find();
    ASSERT_TRUE(table) << table.error().message();
    ASSERT_TRUE(*table);
    EXPECT_EQ((*table)->region, 3u);
    EXPECT_EQ((*table)->entries, (Range{0x2000, 65 * 16}));
}

TEST_F(MsixTableOfASpace, is_not_there_without_the_capability) {
    put(0x60, 0x0005, 2);
    const auto table = find();
    ASSERT_TRUE(table) << table.error().message();
    EXPECT_FALSE(*table);
}

TEST_F(MsixTableOfASpace, is_not_found_in_a_broken_list) {
    put(0x41, 0x40, 1);
    const auto circle = find();
    ASSERT_FALSE(circle);
    EXPECT_EQ(circle.error().code, ErrorCode::protocol);
}

TEST_F(MsixTableOfASpace, is_not_found_in_a_capability_that_does_not_end) {
    put(0x41, 0xfc, 1);
    put(0xfc, 0x0011, 2);
    EXPECT_FALSE(find());
}

}  // namespace
}  // namespace openbar::configuration
