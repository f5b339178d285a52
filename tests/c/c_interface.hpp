/// For tests of the C interface: its structures with their sizes, and the words of the last error.
#pragma once

#include "openbar/openbar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

/// A structure whose `struct_size` is set and whose rest is zero.
template <typename Structure>
Structure sized() {
    Structure structure{};
    structure.struct_size = sizeof structure;
    return structure;
}

inline openbar_error last_error() {
    auto error = sized<openbar_error>();
    EXPECT_EQ(openbar_last_error(&error), OPENBAR_OK);
    return error;
}

/// Opens a simulated edu for each test.
class OpenCard : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_EQ(openbar_open("sim:edu", nullptr, &card), OPENBAR_OK) << last_error().message;
    }
    void TearDown() override { openbar_close(card); }

    openbar_device card = 0;
};
