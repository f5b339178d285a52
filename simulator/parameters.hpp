/// The `key=value` choices that a model was created with.
///
///     OPENBAR_TRY(parameters, Parameters::parse("edu,dma_time=1ms", declared));
///     OPENBAR_TRY(time, parameters.duration("dma_time"));              // 1 ms
///
/// A model declares its parameters, each with a default, so that a misspelt name is an error that
/// lists the right ones, and `openbar sim --list` can tell about them. Within a value two commas
/// stand for one.
#pragma once

#include "openbar/result.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace openbar::simulator {

struct ParameterDescription {
    std::string name;
    std::string default_value;
    std::string meaning;  ///< one line, with the unit or the choices
};

class Parameters {
public:
    /// The name in front of the first comma of "edu,dma_time=1ms", or of the = of "card=FILE": the
    /// parameter that has the model's own name.
    [[nodiscard]] static std::string model_name(std::string_view address);

    /// Takes the values out of such an address. Errors: invalid_argument (no `=`, a parameter
    /// that is not declared, or given twice); the hint names those that are declared.
    [[nodiscard]] static Result<Parameters> parse(std::string_view address,
                                                  std::span<const ParameterDescription> declared);

    /// The value of a declared parameter, or its default; empty for one that was not declared.
    [[nodiscard]] std::string text(std::string_view name) const;
    /// Decimal, or hexadecimal after 0x.
    [[nodiscard]] Result<std::uint64_t> number(std::string_view name) const;
    /// A whole number followed by ns, us, ms or s, at most an hour.
    [[nodiscard]] Result<std::chrono::nanoseconds> duration(std::string_view name) const;

    /// The error for a value that makes no sense, for factories with other kinds.
    [[nodiscard]] Error wrong_value(std::string_view name, std::string expected) const;

private:
    std::string model_;
    std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace openbar::simulator
