#include "child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace openbar::testing {

ChildProcess::ChildProcess(std::vector<std::string> command,
                           const std::vector<std::string>& arguments) {
    command.insert(command.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (auto& argument : command) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    int to_child[2];
    int from_child[2];
    if (::pipe2(to_child, O_CLOEXEC) != 0 || ::pipe2(from_child, O_CLOEXEC) != 0)
        throw std::runtime_error("no pipes");
    const FileDescriptor child_input(to_child[0]);
    const FileDescriptor child_output(from_child[1]);
    input_.reset(to_child[1]);
    output_.reset(from_child[0]);
    process_ = ::fork();
    if (process_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::dup2(child_input.get(), STDIN_FILENO);
        ::dup2(child_output.get(), STDOUT_FILENO);
        ::execvp(pointers[0], pointers.data());
        ::_exit(127);
    }
}

ChildProcess::~ChildProcess() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
}

int ChildProcess::wait() {
    int status = -1;
    ::waitpid(process_, &status, 0);
    process_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace openbar::testing
