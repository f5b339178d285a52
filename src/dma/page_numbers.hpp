/// One of the kernel's files that hold 64 bits for each page: /proc/self/pagemap (by the page of
/// this process) and /proc/kpageflags (by the physical page). Linux,
/// Documentation/admin-guide/mm/pagemap.rst. Read in blocks: a pin may be of many pages.
#pragma once

#include "openbar/result.hpp"

#include "base/file_descriptor.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace openbar::dma {

class PageNumbers {
public:
    [[nodiscard]] static Result<PageNumbers> open(const std::string& path);
    /// That of page number `page`.
    [[nodiscard]] Result<std::uint64_t> of(std::uint64_t page);

private:
    PageNumbers(FileDescriptor file, std::string path)
        : file_(std::move(file)), path_(std::move(path)) {}

    FileDescriptor file_;
    std::string path_;
    std::vector<std::uint64_t> block_;
    std::uint64_t first_ = 0;  // the page that the block starts with
};

}  // namespace openbar::dma
