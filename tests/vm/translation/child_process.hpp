/// A program that runs beside the test, with pipes to its input and from its output.
#pragma once

#include "base/file_descriptor.hpp"

#include <sys/types.h>

#include <string>
#include <vector>

namespace openbar::testing {

/// Killed, if it still runs, when this object goes or when the test dies.
class ChildProcess {
public:
    /// `command` is the program and its first arguments.
    ChildProcess(std::vector<std::string> command, const std::vector<std::string>& arguments);
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    [[nodiscard]] FileDescriptor take_input() { return std::move(input_); }
    [[nodiscard]] FileDescriptor take_output() { return std::move(output_); }
    /// Waits until it ends by itself. Its exit code, or -1 where a signal ended it.
    int wait();

private:
    pid_t process_ = -1;
    FileDescriptor input_;
    FileDescriptor output_;
};

}  // namespace openbar::testing
