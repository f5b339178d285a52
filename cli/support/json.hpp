/// JSON as every command prints it: members in the order in which they are set.
///
/// Register contents and physical addresses are strings in hexadecimal, because many readers of
/// JSON round integers above 2^53; sizes, offsets and counts are numbers.
#pragma once

#include "openbar/device.hpp"

#include "cli/support/output.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace openbar::cli {

using Json = nlohmann::ordered_json;

/// Indented, with a newline at its end.
void print_json(Output& out, const Json& value);

/// An object with a list at its end that is printed while it grows, however long it gets.
///
///     GrowingJson values(console.out, {{"device", "sim:edu"}}, "values");
///     while (…) values.add("0x00000000");
///
/// Nothing is printed before the first element; the rest of the object when this goes, so that what
/// was printed before an error is well-formed.
class GrowingJson {
public:
    GrowingJson(Output& out, const Json& members, std::string_view list);
    ~GrowingJson();
    GrowingJson(const GrowingJson&) = delete;
    GrowingJson& operator=(const GrowingJson&) = delete;

    void add(const Json& element);

private:
    Output& out_;
    std::string before_;  ///< the next element
    bool begun_ = false;
};

[[nodiscard]] Json to_json(const RegionInfo& region);
[[nodiscard]] Json to_json(const PciIdentity& identity);
[[nodiscard]] Json to_json(const VirtualFunction& function);

}  // namespace openbar::cli
