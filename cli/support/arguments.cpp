#include "cli/support/arguments.hpp"

#include "base/failure.hpp"
#include "cli/support/suggestion.hpp"
#include "cli/support/text.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

namespace openbar::cli {
namespace {

constexpr std::array<std::string_view, 8> region_names{"bar0", "bar1", "bar2", "bar3",
                                                       "bar4", "bar5", "rom",  "config"};

}  // namespace

Result<RegionIndex> parse_region(std::string_view text) {
    const std::string name = lower_case(text);
    if (name.size() == 1 && name[0] >= '0' && name[0] <= '5')
        return static_cast<RegionIndex>(name[0] - '0');
    for (RegionIndex index = 0; index < region_names.size(); ++index)
        if (region_names[index] == name) return index;
    return failure(ErrorCode::invalid_argument,
                   fmt::format("there is no region '{}'{}", text, did_you_mean(text, region_names)),
                   "use bar0 … bar5 (or 0 … 5), rom or config");
}

Result<MaskedValue> parse_masked_value(std::string_view text) {
    const auto colon = text.find(':');
    const auto value = parse_number(text.substr(0, colon));
    if (!value) return value.error();
    if (colon == std::string_view::npos) return MaskedValue{*value, {}};
    const auto mask = parse_number(text.substr(colon + 1));
    if (!mask) return mask.error();
    return MaskedValue{*value, *mask};
}

std::optional<unsigned> take_width_suffix(std::string_view& text) {
    if (text.size() < 3 || text[text.size() - 2] != '.') return std::nullopt;
    unsigned width = 0;
    switch (text.back()) {
        case 'B':
        case 'b': width = 1; break;
        case 'W':
        case 'w': width = 2; break;
        case 'L':
        case 'l': width = 4; break;
        case 'Q':
        case 'q': width = 8; break;
        default: return std::nullopt;
    }
    text.remove_suffix(2);
    return width;
}

Result<SizedOffset> parse_sized_offset(std::string_view text) {
    const auto width = take_width_suffix(text);
    return parse_number(text).transform([&](std::uint64_t offset) {
        return SizedOffset{offset, width};
    });
}

void require_fit(const MaskedValue& value, unsigned width) {
    for (const std::uint64_t part : {value.value, value.mask.value_or(0)})
        if (!fits(part, width))
            throw WrongUsage("VALUE",
                             fmt::format("{:#x} does not fit {} bits\n  hint: use a larger "
                                         "width, or a smaller value",
                                         part, 8 * width));
}

void add_device(CommandLine& line, DeviceAddress& device) {
    line.required("DEVICE",
                  "the device: 03:00.0, vfio:03:00.0, pci:1234:11e8, sim:edu, … (openbar --help "
                  "has the whole list)",
                  [&device](const std::string& word) {
                      device = value_or_throw("DEVICE", DeviceAddress::parse(word));
                  });
}

void add_region(CommandLine& line, RegionIndex& region) {
    line.required("REGION", "bar0 … bar5 (or 0 … 5), rom, or config for the configuration space",
                  [&region](const std::string& word) {
                      region = value_or_throw("REGION", parse_region(word));
                  });
}

void add_offset(CommandLine& line, std::uint64_t& offset) {
    line.required("OFFSET", "bytes from the start of the region",
                  [&offset](const std::string& word) {
                      offset = value_or_throw("OFFSET", parse_number(word));
                  });
}

void add_number(CommandLine& line, std::string name, std::uint64_t& number,
                std::string description) {
    line.option(name, "NUMBER", std::move(description), [&number, name](const std::string& word) {
        number = value_or_throw(name, parse_number(word));
    });
}

void add_number(CommandLine& line, std::string name, std::optional<std::uint64_t>& number,
                std::string description) {
    line.option(name, "NUMBER", std::move(description), [&number, name](const std::string& word) {
        number = value_or_throw(name, parse_number(word));
    });
}

namespace {

template <typename Width>
void add_width_to(CommandLine& line, Width& width) {
    line.option("--width", "BITS", "width of each access in bits: 8, 16, 32 or 64 (32)",
                [&width](const std::string& word) {
                    if (word != "8" && word != "16" && word != "32" && word != "64")
                        throw WrongUsage("--width", fmt::format("invalid width '{}'\n  hint: "
                                                                "use 8, 16, 32 or 64 (bits)",
                                                                word));
                    width = static_cast<unsigned>(std::stoul(word)) / 8;
                });
}

}  // namespace

void add_width(CommandLine& line, unsigned& width) {
    add_width_to(line, width);
}

void add_width(CommandLine& line, std::optional<unsigned>& width) {
    add_width_to(line, width);
}

void add_masked_value(CommandLine& line, MaskedValue& value) {
    line.required(
        "VALUE",
        "the value to write; VALUE:MASK reads once, and changes only the bits that are set "
        "in MASK",
        [&value](const std::string& word) {
            value = value_or_throw("VALUE", parse_masked_value(word));
        });
}

void add_shared(CommandLine& line, bool& shared) {
    line.flag("--shared", shared,
              "open the device even if another program has it open, if the back end allows "
              "that");
}

void add_vf_token(CommandLine& line, std::optional<VfToken>& token) {
    line.option("--vf-token", "UUID",
                "the secret that a virtual function shares with its physical function (VFIO)",
                [&token](const std::string& word) {
                    token = value_or_throw("--vf-token", VfToken::parse(word));
                });
}

namespace {

/// "5", "0.25", "1s", "100ms", "20us" in seconds; negative for anything else.
double parse_seconds(std::string_view text) {
    double unit = 1;
    if (text.ends_with("ms"))
        unit = 1e-3;
    else if (text.ends_with("us"))
        unit = 1e-6;
    if (unit != 1)
        text.remove_suffix(2);
    else if (text.ends_with("s"))
        text.remove_suffix(1);
    double value = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    return read.ec == std::errc() && read.ptr == end ? value * unit : -1;
}

}  // namespace

void add_seconds(CommandLine& line, std::string name, std::optional<double>& seconds,
                 std::string description) {
    line.option(name, "SECONDS", std::move(description), [&seconds, name](const std::string& word) {
        const double value = parse_seconds(word);
        if (!(value >= 0) || value > 1e9)
            throw WrongUsage(name, fmt::format("'{}' is not a time in seconds\n  hint: write it "
                                               "as 5, 0.25 or 100ms",
                                               word));
        seconds = value;
    });
}

}  // namespace openbar::cli
