/// A program's exit codes and what it prints, as rows of a report.
///
///     CommandExpectations openbar(L"C:\\…\\openbar.exe", report);
///     openbar.expect({L"list"}, 0, {"1234:11e8"});
#pragma once

#include "driver/samples/programs/report.hpp"
#include "tests/wine/programs/child_program.hpp"

#include <string>
#include <utility>
#include <vector>

namespace openbar::wine {

class CommandExpectations {
public:
    CommandExpectations(std::wstring program, samples::Report& report)
        : program_(std::move(program)), report_(report) {}

    /// What it prints has to contain each of `parts`.
    void expect(const std::vector<std::wstring>& arguments, int code,
                const std::vector<std::string>& parts) {
        std::vector<std::wstring> words{program_};
        words.insert(words.end(), arguments.begin(), arguments.end());
        std::string printed;
        const int got = run_program(words, &printed);
        std::string missing;
        for (const std::string& part : parts)
            if (printed.find(part) == std::string::npos) missing += " without '" + part + "'";
        std::string name;
        for (const wchar_t letter : command_line(arguments)) name += static_cast<char>(letter);
        report_.add(name, "", "exit code " + std::to_string(code),
                    "exit code " + std::to_string(got) + missing +
                        (missing.empty() && got == code ? "" : ": " + printed));
    }

private:
    std::wstring program_;
    samples::Report& report_;
};

}  // namespace openbar::wine
