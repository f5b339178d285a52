/// What an example of a header or document finds when it runs:
///
///   - `device`, a simulated edu card, and `registers`, its BAR 0; `edu::…`, its registers by name;
///   - all public headers (gather_examples adds those of the examples), the standard headers below, the
///     literals of `<chrono>`;
///   - a system with one PCI function, 0000:00:04.0, whose BARs 0 and 2 are plain memory, and with a
///     device tree;
///   - in the current folder `board.dtb`, `card.svd`, `guest.dump`, and `card.sock`, at which the card
///     of examples/sampler is served.
#pragma once

#include "openbar/openbar.hpp"

#include "examples/registers/edu.hpp"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <memory>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using namespace std::chrono_literals;

namespace surroundings {

/// The card of an example, opened for it alone.
openbar::Device edu();

/// Takes what an example prints, and compares it with what the example says that it prints.
class Output {
public:
    /// Of the example in that file and line: lines in their order, where "…" stands for anything.
    Output(const char* file, int line, std::vector<std::string_view> expected)
        : file_(file), line_(line), expected_(std::move(expected)) {}

    /// Runs the example, which fails by an exception, or by returning an error or another number
    /// than 0.
    template <typename Result>
    void of(Result (*example)(const openbar::Device&, const openbar::Registers&)) {
        const openbar::Device device = edu();
        const openbar::Registers registers = device.registers(0).value();
        const Redirected cout(std::cout, text_), cerr(std::cerr, text_);
        try {
            if constexpr (std::is_void_v<Result>) {
                example(device, registers);
            } else {
                require_success(example(device, registers));
            }
            compare();
        } catch (const std::exception& exception) {
            fail(exception.what());
        }
    }

private:
    struct Redirected {
        Redirected(std::ostream& redirected, std::ostringstream& to)
            : stream(redirected), before(stream.rdbuf(to.rdbuf())) {
            format.copyfmt(stream);
        }
        Redirected(const Redirected&) = delete;
        Redirected& operator=(const Redirected&) = delete;
        ~Redirected() {
            stream.rdbuf(before);
            stream.copyfmt(format);
        }
        std::ostream& stream;
        std::streambuf* before;
        std::ios format{nullptr};
    };

    void require_success(int code) const;
    void require_success(const openbar::Result<void>& result) const;
    void compare() const;
    void fail(const std::string& why) const;

    const char* file_;
    int line_;
    std::vector<std::string_view> expected_;
    std::ostringstream text_;
};

}  // namespace surroundings
