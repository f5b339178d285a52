// The conformance suite: what a device opened through openbar does, whatever carries its requests.
//
//     conformance_tests sim:edu
//     conformance_tests vfio:0000:00:04.0 --gtest_filter='Interrupts.*'
//
// The device must be an `edu`, QEMU's or ours. What its back end cannot do is skipped, and said so.
#include "device_under_test.hpp"

#include <iostream>
#include <utility>

namespace openbar::conformance {
namespace {
std::string& address() {
    static std::string value;
    return value;
}
}  // namespace
const std::string& device_address() {
    return address();
}
void set_device_address(std::string value) {
    address() = std::move(value);
}
}  // namespace openbar::conformance

int main(int count, char** arguments) {
    ::testing::InitGoogleTest(&count, arguments);
    if (count != 2) {
        std::cerr << "usage: conformance_tests DEVICE [--gtest_filter=PATTERN]\n";
        return 2;
    }
    openbar::conformance::set_device_address(arguments[1]);
    return RUN_ALL_TESTS();
}
