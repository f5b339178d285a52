#include "c/last_error.hpp"

#include "c/structures.hpp"

#include <string>
#include <utility>

namespace openbar::c {
namespace {

/// What `openbar_last_error` gives. The strings of the error must not move until the next one.
struct LastError {
    Error error;
    std::string message;
    bool failed = false;
    /// Without memory for words, the code alone.
    bool out_of_memory = false;
};

thread_local LastError last_error;

constexpr openbar_code code_number(ErrorCode code) noexcept {
    return static_cast<openbar_code>(code) + 1;
}
static_assert(code_number(ErrorCode::invalid_argument) == OPENBAR_INVALID_ARGUMENT);
static_assert(code_number(ErrorCode::unsupported) == OPENBAR_UNSUPPORTED);
static_assert(code_number(ErrorCode::timed_out) == OPENBAR_TIMED_OUT);
static_assert(code_number(ErrorCode::io) == OPENBAR_IO);

openbar_code remember_lack_of_memory() noexcept {
    last_error.failed = last_error.out_of_memory = true;
    return OPENBAR_RESOURCE_EXHAUSTED;
}

openbar_error words_of(const LastError& last) noexcept {
    if (!last.failed) return {0, OPENBAR_OK, "", "", "", "", 0, 0};
    if (last.out_of_memory)
        return {0,  OPENBAR_RESOURCE_EXHAUSTED,   "", "there is not enough memory",
                "", "there is not enough memory", 0,  0};
    const Error& error = last.error;
    return {0,
            code_number(error.code),
            error.attempted.c_str(),
            error.cause.c_str(),
            error.hint.c_str(),
            last.message.c_str(),
            error.system_error,
            0};
}

}  // namespace

openbar_code remember(Error error) noexcept {
    try {
        last_error.message = error.message();
    } catch (...) {
        return remember_lack_of_memory();
    }
    last_error.error = std::move(error);
    last_error.failed = true;
    last_error.out_of_memory = false;
    return code_number(last_error.error.code);
}

openbar_code remember_exception() noexcept {
    try {
        throw;
    } catch (const Exception& exception) {
        try {
            return remember(exception.error());
        } catch (...) {
            return remember_lack_of_memory();
        }
    } catch (const std::bad_alloc&) {
        return remember_lack_of_memory();
    } catch (const std::exception& exception) {
        try {
            return remember({ErrorCode::io, {}, exception.what(), {}, 0});
        } catch (...) {
            return remember_lack_of_memory();
        }
    } catch (...) {
        return remember({ErrorCode::io, {}, {}, {}, 0});
    }
}

}  // namespace openbar::c

using namespace openbar::c;

openbar_code openbar_last_error(openbar_error* error) {
    // The words are those of the call before this one, so they are read before this one can fail.
    return call("give the last error", [&] { return give(error, words_of(last_error)); });
}

const char* openbar_code_name(openbar_code code) {
    if (code == OPENBAR_OK) return "ok";
    if (code < OPENBAR_OK || code > OPENBAR_IO) return "unknown";
    return to_string(static_cast<openbar::ErrorCode>(code - 1)).data();
}

const char* openbar_version() {
    return OPENBAR_VERSION;
}
