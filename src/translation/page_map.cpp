#include "openbar/page_map.hpp"

#include "base/failure.hpp"
#include "base/file_descriptor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <fstream>

namespace openbar {
namespace {

constexpr std::uint64_t bit(unsigned number) {
    return std::uint64_t{1} << number;
}

std::string line_of_maps(const std::string& folder, std::uint64_t address) {
    std::ifstream maps(folder + "/maps");
    for (std::string line; std::getline(maps, line);) {
        std::uint64_t start = 0;
        std::uint64_t end = 0;
        const char* last = line.data() + line.size();
        const auto dash = std::from_chars(line.data(), last, start, 16);
        if (dash.ptr == last || *dash.ptr != '-') continue;
        if (std::from_chars(dash.ptr + 1, last, end, 16).ec != std::errc{}) continue;
        if (address >= start && address < end) return line;
    }
    return {};
}

Result<FileDescriptor> open_page_map(const std::string& folder) {
    const std::string path = folder + "/pagemap";
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file) return file;
    const int error = errno;
    if (error == ENOENT && ::access(folder.c_str(), F_OK) == 0)
        return failure(ErrorCode::unsupported,
                       path + " is not there: the kernel was built without page maps");
    return system_failure(error, path, error == EACCES || error == EPERM ? "run it as root" : "");
}

Result<ProcessPage> look_up(std::uint64_t address, const std::string& folder) {
    OPENBAR_TRY(file, open_page_map(folder));
    ProcessPage page{.address = address,
                     .page_size = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))};
    const std::uint64_t offset = address / page.page_size * sizeof(std::uint64_t);
    std::uint64_t entry = 0;
    const ssize_t count = ::pread(file.get(), &entry, sizeof entry, static_cast<off_t>(offset));
    if (count < 0) return system_failure(errno, folder + "/pagemap");
    if (count != sizeof entry)
        return failure(ErrorCode::out_of_range,
                       "the page map ends before it: no address of user space",
                       "give an address of the program's half");
    page.present = (entry & bit(63)) != 0;
    page.swapped = (entry & bit(62)) != 0;
    page.file_or_shared = (entry & bit(61)) != 0;
    page.exclusive = (entry & bit(56)) != 0;
    page.soft_dirty = (entry & bit(55)) != 0;
    const std::uint64_t frame = entry & (bit(55) - 1);
    page.hidden = page.present && frame == 0;
    if (page.present && frame != 0)
        page.physical = frame * page.page_size + address % page.page_size;
    page.mapping = line_of_maps(folder, address);
    return page;
}

}  // namespace

Result<ProcessPage> look_up_page(std::uint64_t address, int process) {
    const std::string folder = process == 0 ? "/proc/self" : fmt::format("/proc/{}", process);
    return look_up(address, folder).attempting([&] {
        return fmt::format("look up {:#x} in {}/pagemap", address, folder);
    });
}

}  // namespace openbar
