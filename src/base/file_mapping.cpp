#include "base/file_mapping.hpp"

#include "base/failure.hpp"
#include "base/mapping_guard.hpp"
#include "base/page.hpp"
#include "base/system_calls.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <optional>
#include <utility>

namespace openbar {
namespace {

struct Pages {
    void* start;
    std::size_t size;
    std::shared_ptr<const void> keeps;
    std::optional<MappingGuard> guard;

    Pages(void* first, std::size_t length, std::shared_ptr<const void> kept)
        : start(first), size(length), keeps(std::move(kept)) {}
    Pages(const Pages&) = delete;
    Pages& operator=(const Pages&) = delete;
    ~Pages() {
        guard.reset();
        ::munmap(start, size);
    }
};

}  // namespace

Result<FileMapping> map_file(int descriptor, Range part, bool writable, const std::string& name,
                             std::shared_ptr<const void> keeps) {
    const Range pages = pages_around(part);
    void* const start =
        system_calls::mmap(pages.length, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED,
                           descriptor, static_cast<off_t>(pages.offset));
    if (start == MAP_FAILED) return system_failure(errno, "mmap");
    auto owner = std::make_shared<Pages>(start, pages.length, std::move(keeps));
    // Beyond the guard's limit a mapping works all the same, only without its protection.
    if (auto guard = MappingGuard::watch(
            {static_cast<std::byte*>(start), static_cast<std::size_t>(pages.length)},
            name + ": the device has gone, or no longer decodes this region"))
        owner->guard = std::move(*guard);
    const MappingLoss* loss = owner->guard ? owner->guard->loss() : nullptr;
    return FileMapping{static_cast<std::byte*>(start) + (part.offset - pages.offset),
                       std::move(owner), loss};
}

}  // namespace openbar
