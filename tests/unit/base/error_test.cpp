#include "openbar/error.hpp"

#include "base/failure.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace openbar {
namespace {

TEST(Error, message_says_what_why_and_how_to_mend_it) {
    const Error error = failure(ErrorCode::permission_denied, "open 0000:00:04.0",
                                "/dev/vfio/3 is root's", "chown $USER /dev/vfio/3")
                            .error();
    EXPECT_EQ(error.message(),
              "open 0000:00:04.0: /dev/vfio/3 is root's\n  to mend it: chown $USER /dev/vfio/3");
}

TEST(Error, message_without_a_remedy_is_one_line) {
    EXPECT_EQ(failure(ErrorCode::io, "read bar0", "no answer").error().message(),
              "read bar0: no answer");
}

TEST(Error, system_failure_keeps_errno_and_names_its_subject) {
    const Error error = system_failure(EACCES, "open device", "/dev/uio0").error();
    EXPECT_EQ(error.code, ErrorCode::permission_denied);
    EXPECT_EQ(error.system_error, EACCES);
    EXPECT_EQ(error.cause, "/dev/uio0: Permission denied");
}

}  // namespace
}  // namespace openbar
