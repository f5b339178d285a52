#include "dma/page_numbers.hpp"

#include "base/failure.hpp"
#include "base/system_calls.hpp"
#include "base/system_root.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>

namespace openbar::dma {

Result<PageNumbers> PageNumbers::open(const std::string& path) {
    FileDescriptor file = system_calls::open(system_path(path), O_RDONLY);
    if (file) return PageNumbers(std::move(file), path);
    const int error = errno;
    return system_failure(error, path, error == EACCES || error == EPERM ? "run it as root" : "");
}

Result<std::uint64_t> PageNumbers::of(std::uint64_t page) {
    constexpr std::size_t block = 512;
    constexpr std::uint64_t size = sizeof(std::uint64_t);
    if (page - first_ < block_.size()) return block_[page - first_];
    block_.resize(block);
    first_ = page;
    const ssize_t count = system_calls::pread(file_.get(), block_.data(), block * size,
                                              static_cast<off_t>(page * size));
    const int error = errno;
    block_.resize(count < 0 ? 0 : static_cast<std::size_t>(count) / size);
    if (count < 0) return system_failure(error, path_);
    if (block_.empty())
        return failure(ErrorCode::invalid_argument,
                       fmt::format("{} has no entry for page {:#x}", path_, page),
                       "pass memory of this program");
    return block_.front();
}

}  // namespace openbar::dma
