#include "tests/unit/cli/run_openbar.hpp"

#include "cli/program.hpp"

#include <cstdio>
#include <memory>

namespace openbar::cli {
namespace {

struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

std::string text_of(std::FILE* file) {
    std::fflush(file);
    std::rewind(file);
    std::string text;
    for (int byte = std::fgetc(file); byte != EOF; byte = std::fgetc(file))
        text.push_back(static_cast<char>(byte));
    return text;
}

}  // namespace

Ran run_openbar(const std::vector<std::string>& words) {
    const File out_file(std::tmpfile());
    const File diagnostics_file(std::tmpfile());
    Output out(out_file.get());
    Output diagnostics(diagnostics_file.get());
    const ExitCode code = run_program(words, out, diagnostics);
    return {static_cast<int>(code), text_of(out_file.get()), text_of(diagnostics_file.get())};
}

}  // namespace openbar::cli
