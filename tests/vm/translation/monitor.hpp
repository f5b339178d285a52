/// A connection to QEMU's monitor (QMP), and a QEMU of one's own.
///
///     Qemu machine({"-kernel", guest});
///     machine.monitor().ask("gva2gpa 0x1000");     // "gpa: 0x5000\n"
#pragma once

#include "base/file_descriptor.hpp"
#include "child_process.hpp"

#include <string>
#include <vector>

namespace openbar::testing {

/// Throws std::runtime_error where QEMU does not answer: no test can go on without it.
class Monitor {
public:
    Monitor(FileDescriptor in, FileDescriptor out);
    /// Connects to a socket of `-qmp unix:PATH,server=on`, waiting up to 60 s for it to appear.
    static Monitor connect(const std::string& socket);

    /// The answer to a command of the human monitor.
    std::string ask(const std::string& command);

private:
    std::string request(const std::string& json);
    std::string read_line();

    FileDescriptor in_;
    FileDescriptor out_;
    std::string buffer_;
};

/// A QEMU process that ends with this object.
class Qemu {
public:
    explicit Qemu(const std::vector<std::string>& arguments);
    Monitor& monitor() { return monitor_; }

private:
    ChildProcess process_;
    Monitor monitor_;
};

}  // namespace openbar::testing
