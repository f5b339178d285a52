/// A tree that looks like /sys and /dev, for back ends under test: one PCI function whose BARs and
/// configuration space are ordinary files.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace openbar {

class StandInSysfs : public ::testing::Test {
protected:
    void SetUp() override;
    void TearDown() override;

    /// "/tmp/…/sys/bus/pci/devices/0000:00:04.0/NAME"
    [[nodiscard]] std::string attribute(const std::string& name) const;
    void write_file(const std::string& path, const std::string& content) const;
    /// Binds the function to a driver: the link that the kernel would make.
    void bind(const std::string& driver) const;

    std::filesystem::path root;
};

/// How many mappings it has.
[[nodiscard]] std::size_t mappings();

}  // namespace openbar
