#include "openbar/card_files.hpp"

#include "base/failure.hpp"
#include "cards/built_in_cards.hpp"
#include "description/message.hpp"
#include "description/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace openbar {
namespace {

using namespace description;

#ifdef _WIN32
constexpr char separator = ';';
#else
constexpr char separator = ':';
#endif

std::string ids_text(const PciIds& ids) {
    return fmt::format("{:04x}:{:04x}", ids.vendor, ids.device);
}

/// How well a card fits a device: 0 not at all, 2 with its subsystem.
int fitness(const Description& card, const PciIds& device) {
    int best = 0;
    for (const PciIds& ids : card.pci_ids())
        if (fits(ids, device))
            best =
                std::max(best, ids.subsystem_vendor == 0xffff && ids.subsystem == 0xffff ? 1 : 2);
    return best;
}

void add_folder(std::vector<std::filesystem::path>& places, const char* variable,
                std::string_view below) {
    const char* value = std::getenv(variable);
    if (value != nullptr && *value != '\0') places.push_back(std::filesystem::path(value) / below);
}

/// The card files of a place, by name: of a folder those that end with .json.
std::vector<std::filesystem::path> files_of(const std::filesystem::path& place) {
    std::error_code error;
    std::vector<std::filesystem::path> files;
    if (std::filesystem::is_regular_file(place, error)) return {place};
    for (std::filesystem::directory_iterator entry(place, error), end; !error && entry != end;
         entry.increment(error))
        if (entry->path().extension() == ".json") files.push_back(entry->path());
    std::ranges::sort(files);
    return files;
}

/// Looks through one place after the other.
class CardLookup {
public:
    explicit CardLookup(const PciIds& device) noexcept : device_(device) {}

    void offer(Result<Description> card, const std::string& name) {
        if (!card) {
            // It may be for this device or another one: it counts only if there is no other.
            if (!broken_) broken_ = std::move(card).error();
            return;
        }
        const int how_well = fitness(*card, device_);
        if (how_well == 0 || how_well < best_) return;
        if (how_well == best_) {
            second_ = name;
            return;
        }
        best_ = how_well;
        second_.clear();
        name_ = name;
        found_ = *std::move(card);
    }

    [[nodiscard]] bool has_found() const noexcept { return found_.has_value(); }

    Result<Description> take() {
        if (!second_.empty())
            return failure(ErrorCode::ambiguous,
                           name_ + " and " + second_ + " are both for " + ids_text(device_),
                           "remove one of them, or name the one that is meant");
        if (found_) return *std::move(found_);
        if (broken_) return *std::move(broken_);
        std::string places;
        for (const auto& place : card_places())
            places += (places.empty() ? "" : ", ") + place.string();
        return failure(
            ErrorCode::not_found, "no card file for " + ids_text(device_),
            "write one (docs/register-descriptions.md) and put it into one of: " + places);
    }

private:
    PciIds device_;
    int best_ = 0;
    std::optional<Description> found_;
    std::optional<Error> broken_;
    std::string name_;
    std::string second_;
};

Result<Description> read_for(const PciIds& device, const std::filesystem::path& file) {
    auto card = Description::read(file);
    if (!card || card->pci_ids().empty() || fitness(*card, device) != 0) return card;
    return failure(ErrorCode::invalid_argument, "read the description " + file.string(),
                   "it is for " + ids_text(card->pci_ids().front()) + ", and the device is " +
                       ids_text(device),
                   "name the file for this device, or add its ids to the file");
}

/// "1234:11e8".
std::optional<PciIds> parse_pair(std::string_view text) {
    const auto vendor = parse_digits(text.substr(0, 4), 16);
    const auto device = parse_digits(text.size() == 9 ? text.substr(5) : "", 16);
    if (!vendor || !device || text[4] != ':') return std::nullopt;
    return PciIds{static_cast<std::uint16_t>(*vendor), static_cast<std::uint16_t>(*device)};
}

/// The names that `open_card` takes, apart from files and ids.
std::string card_names() {
    std::string names;
    const auto add = [&](const std::string& stem) { names += (names.empty() ? "" : ", ") + stem; };
    for (const auto& place : card_places())
        for (const auto& file : files_of(place)) add(file.stem().string());
    for (const BuiltInCard& card : built_in_cards())
        add(std::filesystem::path(card.name).stem().string());
    return names;
}

Result<Description> parse_built_in(const BuiltInCard& card) {
    return Description::parse(std::string(card.text), "openbar's " + std::string(card.name));
}

}  // namespace

Result<Description> open_card(const std::string& name) {
    std::error_code error;
    if (std::filesystem::is_regular_file(name, error)) return Description::read(name);
    if (const auto ids = parse_pair(name)) return find_card(*ids);
    for (const auto& place : card_places())
        for (const auto& file : files_of(place))
            if (file.stem() == name) return Description::read(file);
    for (const BuiltInCard& card : built_in_cards())
        if (std::filesystem::path(card.name).stem() == name) return parse_built_in(card);
    return failure(ErrorCode::not_found, "no file and no card " + in_quotes(name),
                   "name a file, PCI ids such as 1234:11e8, or one of: " + card_names());
}

bool fits(const PciIds& card, const PciIds& device) noexcept {
    const auto any_or = [](std::uint16_t wanted, std::uint16_t there) {
        return wanted == 0xffff || wanted == there;
    };
    return card.vendor == device.vendor && card.device == device.device &&
           any_or(card.subsystem_vendor, device.subsystem_vendor) &&
           any_or(card.subsystem, device.subsystem);
}

std::vector<std::filesystem::path> card_places() {
    std::vector<std::filesystem::path> places;
    if (const char* value = std::getenv("OPENBAR_CARDS"); value != nullptr) {
        std::string_view rest = value;
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find(separator), rest.size());
            if (end != 0) places.emplace_back(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
#ifdef _WIN32
    add_folder(places, "APPDATA", "openbar/cards");
    add_folder(places, "PROGRAMDATA", "openbar/cards");
#else
    const std::size_t before = places.size();
    add_folder(places, "XDG_CONFIG_HOME", "openbar/cards");
    if (places.size() == before) add_folder(places, "HOME", ".config/openbar/cards");
    places.emplace_back("/etc/openbar/cards");
#endif
    return places;
}

Result<Description> find_card(const PciIds& ids, const std::filesystem::path& file) {
    if (!file.empty()) return read_for(ids, file);
    CardLookup lookup(ids);
    for (const auto& place : card_places()) {
        for (const auto& candidate : files_of(place))
            lookup.offer(Description::read(candidate), candidate.string());
        if (lookup.has_found()) return lookup.take();
    }
    for (const BuiltInCard& card : built_in_cards())
        lookup.offer(parse_built_in(card), std::string(card.name));
    return lookup.take();
}

}  // namespace openbar
