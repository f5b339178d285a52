#include "translation/mapped_file.hpp"

#include "base/failure.hpp"
#include "base/file_descriptor.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>

namespace openbar {

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) return system_failure(errno);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return system_failure(errno);
    if (!S_ISREG(status.st_mode))
        return failure(ErrorCode::invalid_argument, "it is not an ordinary file",
                       "copy its contents to a file first");
    if (status.st_size == 0) return failure(ErrorCode::invalid_argument, "the file is empty");
    const auto size = static_cast<std::size_t>(status.st_size);
    void* start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (start == MAP_FAILED) return system_failure(errno);
    std::shared_ptr<const void> mapping(
        start, [size](const void* mapped) { ::munmap(const_cast<void*>(mapped), size); });
    return MappedFile(std::move(mapping), {static_cast<const std::byte*>(start), size});
}

}  // namespace openbar
