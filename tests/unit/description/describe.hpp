/// Descriptions from text in a test.
#pragma once

#include "openbar/description.hpp"

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <vector>

namespace openbar::testing {

inline Result<Description> describe(std::string text, const std::string& file = "card.svd") {
    return Description::parse(std::move(text), file);
}

/// A device around the peripherals, with 32-bit registers that are 0 after reset.
inline std::string svd(std::string_view peripherals) {
    return "<device><name>CARD</name><size>32</size><resetValue>0</resetValue>"
           "<resetMask>0xffffffff</resetMask>\n<peripherals>\n" +
           std::string(peripherals) + "\n</peripherals></device>\n";
}

/// The same with one peripheral U at 0x1000 around the registers.
inline std::string svd_registers(std::string_view registers) {
    return svd("<peripheral><name>U</name><baseAddress>0x1000</baseAddress><registers>\n" +
               std::string(registers) + "\n</registers></peripheral>");
}

inline std::string message(const Result<Description>& result) {
    return result ? "no error" : result.error().message();
}

/// "overlap 3": kind and line of each.
inline std::vector<std::string> brief(const std::vector<description::Problem>& problems) {
    std::vector<std::string> words;
    for (const auto& problem : problems)
        words.push_back(std::string(to_string(problem.kind)) + " " +
                        std::to_string(problem.location.line));
    return words;
}

/// "U.RX[0].CTRL 0x1000" for each register.
inline std::vector<std::string> places(const Description& card) {
    std::vector<std::string> words;
    card.for_each_register([&](const description::Place& place) {
        char offset[32];
        std::snprintf(offset, sizeof offset, " %#llx",
                      static_cast<unsigned long long>(place.offset()));
        words.push_back(place.name() + offset);
        return words.size() < 1000;
    });
    return words;
}

}  // namespace openbar::testing
