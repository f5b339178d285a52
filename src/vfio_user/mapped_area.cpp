#include "vfio_user/mapped_area.hpp"

#include "base/failure.hpp"
#include "base/range.hpp"
#include "base/region_name.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace openbar::vfio_user {
namespace {

/// Whether the file can never be shorter than it is now.
bool cannot_shrink(int descriptor) noexcept {
    const int seals = ::fcntl(descriptor, F_GET_SEALS);
    return seals >= 0 && (seals & F_SEAL_SHRINK) != 0;
}

Result<void> check_length(const MappedArea::Implementation::Request& request) {
    struct stat status {};
    if (::fstat(request.descriptor, &status) != 0) {
        return system_failure(errno, "the descriptor that the server sent");
    }
    // Only of a file is the size known beforehand; a device refuses what it does not have.
    if (!S_ISREG(status.st_mode)) return {};
    const auto size = static_cast<std::uint64_t>(status.st_size);
    const auto offset = static_cast<std::uint64_t>(request.offset);
    if (!lies_within({offset, request.length}, size)) {
        return failure(ErrorCode::protocol,
                       fmt::format("the file that the server lends has {:#x} bytes, and the "
                                   "area would end at {:#x}",
                                   size, offset + request.length),
                       "have the server size the file before it sends it");
    }
    return {};
}

/// At `place`, or where there is room.
Result<void*> map_file(const MappedArea::Implementation::Request& request, std::byte* place) {
    // Sealed or not is asked first: what is sealed after that has the size that is checked here.
    if (!request.allow_unsealed && !cannot_shrink(request.descriptor)) {
        return failure(ErrorCode::unsupported,
                       "the server could cut short the file behind it at any time, and "
                       "Options::map_unsealed is off",
                       "have the server seal it (memfd_create, F_SEAL_SHRINK)");
    }
    OPENBAR_TRY(checked, check_length(request));
    const int protection = (request.readable ? PROT_READ : 0) | (request.writable ? PROT_WRITE : 0);
    void* const address =
        ::mmap(place, request.length, protection, MAP_SHARED | (place != nullptr ? MAP_FIXED : 0),
               request.descriptor, request.offset);
    if (address == MAP_FAILED)
        return system_failure(errno, "mmap of the descriptor that the server sent");
    return address;
}

}  // namespace

Result<void> MappedArea::Implementation::map_at(std::byte* place, const Request& request) {
    OPENBAR_TRY(mapped, map_file(request, place));
    return {};
}

Result<std::unique_ptr<MappedArea::Implementation>> MappedArea::Implementation::map(
    const Request& request) {
    const bool sealed = cannot_shrink(request.descriptor);
    OPENBAR_TRY(address, map_file(request, nullptr));
    auto area = std::make_unique<Implementation>(
        std::span(static_cast<std::byte*>(address), request.length), std::nullopt);
    if (!sealed) {
        OPENBAR_TRY(guard,
                    MappingGuard::watch(
                        area->memory(),
                        fmt::format("{} {}: the server has cut short the file behind this mapping",
                                    request.server, region_name(request.region))));
        area->guard_ = std::move(guard);
    }
    return area;
}

MappedArea::Implementation::Implementation(std::span<std::byte> memory,
                                           std::optional<MappingGuard> guard) noexcept
    : memory_(memory), guard_(std::move(guard)) {}

MappedArea::Implementation::~Implementation() {
    guard_.reset();
    ::munmap(memory_.data(), memory_.size());
}

MappedArea::MappedArea() noexcept = default;
MappedArea::MappedArea(MappedArea&&) noexcept = default;
MappedArea& MappedArea::operator=(MappedArea&&) noexcept = default;
MappedArea::~MappedArea() = default;
MappedArea::MappedArea(std::unique_ptr<Implementation> implementation) noexcept
    : implementation_(std::move(implementation)) {}

std::span<std::byte> MappedArea::memory() const noexcept {
    return implementation_ ? implementation_->memory() : std::span<std::byte>{};
}
bool MappedArea::faulted() const noexcept {
    return implementation_ && implementation_->faulted();
}

}  // namespace openbar::vfio_user
