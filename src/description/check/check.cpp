#include "openbar/description.hpp"

#include "description/check/checker.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace openbar {
namespace {

using namespace description;

void append(std::vector<Problem>& problems, const Model& model,
            std::span<const ProblemRecord> records) {
    for (const ProblemRecord& record : records)
        problems.push_back(
            {record.kind, record.error, model.text.locate(record.where), record.text, record.hint});
}

}  // namespace

std::vector<Problem> Description::problems() const {
    std::vector<Problem> problems;
    append(problems, *model_, model_->problems);
    if (model_->problems_left_out != 0)
        problems.push_back(
            {Problem::Kind::malformed,
             true,
             {model_->text.file_name(0), 0},
             "and " + std::to_string(model_->problems_left_out) + " further problems",
             {}});
    return problems;
}

std::vector<Problem> Description::check() const {
    std::vector<Problem> all = problems();
    append(all, *model_, Checker(*model_).run());
    std::ranges::sort(all, {}, [](const Problem& problem) {
        return std::tie(problem.location.file, problem.location.line, problem.kind, problem.text);
    });
    return all;
}

}  // namespace openbar
