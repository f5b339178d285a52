#include "openbar/result.hpp"

#include "base/failure.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <sstream>

namespace openbar {
namespace {

TEST(Error, message_says_what_why_and_how_to_fix_it) {
    const Error error{ErrorCode::permission_denied, "open 0000:00:04.0", "/dev/vfio/3 is root's",
                      "chown $USER /dev/vfio/3"};
    EXPECT_EQ(error.message(),
              "open 0000:00:04.0: /dev/vfio/3 is root's\n  hint: chown $USER /dev/vfio/3");
}

TEST(Error, message_without_a_hint_is_one_line) {
    EXPECT_EQ((Error{ErrorCode::io, "read bar0", "no answer"}).message(), "read bar0: no answer");
}

TEST(Error, system_failure_keeps_errno_and_names_its_subject) {
    const Error error = system_failure(EACCES, "/dev/uio0");
    EXPECT_EQ(error.code, ErrorCode::permission_denied);
    EXPECT_EQ(error.system_error, EACCES);
    EXPECT_EQ(error.cause, "/dev/uio0: Permission denied");
    EXPECT_EQ(system_failure(EACCES).cause, "Permission denied");
}

TEST(Error, of_a_low_level_leaves_what_was_attempted_to_the_public_operation) {
    const Error error = failure(ErrorCode::io, "no answer", "reset it");
    EXPECT_EQ(error.attempted, "");
    EXPECT_EQ(Result<void>(error).attempting([] { return "read bar0"; }).error().message(),
              "read bar0: no answer\n  hint: reset it");
}

TEST(Error, message_of_one_without_an_attempt_is_its_cause) {
    EXPECT_EQ((Error{.code = ErrorCode::io, .cause = "no answer"}).message(), "no answer");
}

TEST(Error, can_be_streamed) {
    std::ostringstream out;
    out << Error{ErrorCode::io, "read bar0", "no answer", "reset it"} << "\n" << ErrorCode::io;
    EXPECT_EQ(out.str(), "read bar0: no answer\n  hint: reset it\nio");
}

}  // namespace
}  // namespace openbar
