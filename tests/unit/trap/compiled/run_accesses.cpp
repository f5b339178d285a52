// Runs the accesses that a compiler has made, on memory and on an emulated mapping, and compares.
//
//     run_accesses ACCESSES.so
//
// Both end with the same values in memory and in the program, and each access of a volatile object
// has been one of its width.
#include "tests/unit/trap/compiled/accesses.h"
#include "tests/unit/trap/plain_registers.hpp"
#include "trap/emulated_mapping.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <string>

namespace {

using openbar::trap::EmulatedMapping;
using openbar::trap::testing::Access;
using openbar::trap::testing::PlainRegisters;
using Results = std::array<unsigned char, RESULTS_SIZE>;

std::string text_of(const std::vector<Access>& accesses) {
    std::string text;
    for (const Access& access : accesses) {
        if (!text.empty()) text += ' ';
        text += (access.store ? "W" : "R") + std::to_string(access.width);
    }
    return text;
}

template <typename T>
T symbol_of(void* library, const char* name) {
    void* const found = ::dlsym(library, name);
    if (found == nullptr) {
        std::fprintf(stderr, "run_accesses: no %s\n", name);
        std::exit(2);
    }
    return static_cast<T>(found);
}

class Runner {
public:
    /// Whether all is the same.
    bool run(const access_case& one) {
        alignas(64) static std::array<std::byte, ACCESSES_SIZE> memory;
        for (std::size_t i = 0; i < memory.size(); ++i)
            memory[i] = static_cast<std::byte>(i * 37 + (i >> 4) + 1);
        std::ranges::copy(memory, registers_.bytes.begin());
        registers_.accesses.clear();
        Results expected = some_results();
        Results got = some_results();
        one.run(memory.data(), expected.data());
        one.run(mapping_->base(), got.data());
        const std::string accesses = text_of(registers_.accesses);
        const bool same = expected == got && std::ranges::equal(memory, registers_.bytes);
        const bool as_told = one.accesses == nullptr || accesses == one.accesses;
        if (!same) std::printf("%s: the results differ\n", one.name);
        if (!as_told) std::printf("%s: %s, not %s\n", one.name, accesses.c_str(), one.accesses);
        return same && as_told && !registers_.accesses.empty();
    }

private:
    static Results some_results() {
        Results results{};
        for (std::size_t i = 0; i < results.size(); ++i)
            results[i] = static_cast<unsigned char>(i * 11 + 3);
        return results;
    }

    PlainRegisters registers_{ACCESSES_SIZE};
    std::unique_ptr<EmulatedMapping> mapping_ =
        EmulatedMapping::create(ACCESSES_SIZE, true, registers_).value();
};

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) return std::fputs("usage: run_accesses ACCESSES.so\n", stderr), 2;
    void* const library = ::dlopen(arguments[1], RTLD_NOW);
    if (library == nullptr) return std::fprintf(stderr, "%s\n", ::dlerror()), 2;
    const auto* cases = symbol_of<const access_case*>(library, "access_cases");
    const unsigned cases_there = *symbol_of<const unsigned*>(library, "access_case_count");
    Runner runner;
    unsigned wrong = 0;
    for (unsigned i = 0; i < cases_there; ++i) wrong += runner.run(cases[i]) ? 0 : 1;
    if (wrong != 0) std::printf("%u of %u cases are wrong\n", wrong, cases_there);
    return wrong == 0 && cases_there > 100 ? 0 : 1;
}
