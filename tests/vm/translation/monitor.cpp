#include "monitor.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

namespace openbar::testing {
namespace {

constexpr int patience_ms = 60'000;

FileDescriptor duplicate(const FileDescriptor& descriptor) {
    return FileDescriptor(::dup(descriptor.get()));
}

}  // namespace

Monitor::Monitor(FileDescriptor in, FileDescriptor out) : in_(std::move(in)), out_(std::move(out)) {
    read_line();  // the greeting
    request(R"({"execute": "qmp_capabilities"})");
}

Monitor Monitor::connect(const std::string& socket) {
    sockaddr_un address{.sun_family = AF_UNIX};
    std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
    while (std::chrono::steady_clock::now() < deadline) {
        FileDescriptor connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (::connect(connection.get(), reinterpret_cast<const sockaddr*>(&address),
                      sizeof address) == 0) {
            FileDescriptor out = duplicate(connection);
            return Monitor(std::move(connection), std::move(out));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    throw std::runtime_error("QEMU's monitor did not appear at " + socket);
}

std::string Monitor::ask(const std::string& command) {
    const nlohmann::json json{{"execute", "human-monitor-command"},
                              {"arguments", {{"command-line", command}}}};
    return nlohmann::json::parse(request(json.dump())).at("return").get<std::string>();
}

std::string Monitor::request(const std::string& json) {
    const std::string line = json + "\n";
    if (::write(out_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        throw std::runtime_error("QEMU does not listen any more");
    for (;;) {  // events come in between
        std::string answer = read_line();
        if (answer.find("\"event\"") == std::string::npos) return answer;
    }
}

std::string Monitor::read_line() {
    std::size_t searched = 0;
    for (;;) {
        if (const auto end = buffer_.find('\n', searched); end != std::string::npos) {
            std::string line = buffer_.substr(0, end);
            buffer_.erase(0, end + 1);
            return line;
        }
        searched = buffer_.size();
        pollfd waiting{.fd = in_.get(), .events = POLLIN};
        char chunk[65536];
        const bool ready = ::poll(&waiting, 1, patience_ms) == 1;
        const ssize_t count = ready ? ::read(in_.get(), chunk, sizeof chunk) : 0;
        if (count <= 0) throw std::runtime_error("QEMU's monitor does not answer");
        buffer_.append(chunk, static_cast<std::size_t>(count));
    }
}

Qemu::Qemu(const std::vector<std::string>& arguments)
    : process_({"qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-qmp",
                "stdio"},
               arguments),
      monitor_(process_.take_output(), process_.take_input()) {}

}  // namespace openbar::testing
