#include "description/similar.hpp"

#include "base/printable.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace openbar::description {
namespace {

constexpr std::size_t longest_name = 64;
constexpr std::size_t most_listed = 3;
constexpr std::size_t furthest = 2;

char lower(char letter) noexcept {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter | 0x20) : letter;
}

/// How many characters have to be changed, without regard to case; `furthest` + 1 for too many.
std::size_t distance(std::string_view one, std::string_view other) {
    const std::size_t longer = std::max(one.size(), other.size());
    if (longer - std::min(one.size(), other.size()) > furthest || longer > longest_name)
        return furthest + 1;
    std::size_t row[longest_name + 1];
    for (std::size_t i = 0; i <= other.size(); ++i) row[i] = i;
    for (std::size_t i = 0; i < one.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < other.size(); ++j) {
            const std::size_t replaced = diagonal + (lower(one[i]) == lower(other[j]) ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row[other.size()];
}

class Similar {
public:
    explicit Similar(std::string_view name) : name_(name) {}

    void offer(std::string_view candidate) {
        const std::size_t far = distance(name_, candidate);
        // Of a short name nearly everything is similar.
        if (far > furthest || (far > 0 && far * 2 >= name_.size())) return;
        for (const auto& [known, text] : found_)
            if (text == candidate) return;
        found_.insert(std::ranges::upper_bound(found_, far, {}, &Candidate::first),
                      {far, candidate});
        if (found_.size() > most_listed) found_.pop_back();
    }

    [[nodiscard]] std::string words() const {
        std::string text;
        for (const auto& [far, candidate] : found_)
            text += (text.empty() ? "similar: " : ", ") + printable(candidate);
        return text;
    }

private:
    using Candidate = std::pair<std::size_t, std::string_view>;
    std::string_view name_;
    std::vector<Candidate> found_;
};

}  // namespace

std::string similar_registers(const Model& model, std::string_view name) {
    // The index of an array does not count.
    const std::string pattern = std::string(name.substr(0, name.find('['))) +
                                (name.find('[') != std::string_view::npos ? "[%s]" : "");
    Similar similar(pattern);
    for (const RegisterRecord& record : model.registers)
        similar.offer(model.text.view(record.name));
    return similar.words();
}

std::string similar_fields(Register described, std::string_view name) {
    Similar similar(name);
    for (const Field field : described.fields()) similar.offer(field.name());
    return similar.words();
}

}  // namespace openbar::description
