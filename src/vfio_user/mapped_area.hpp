/// How the client makes a MappedArea.
#pragma once

#include "openbar/region.hpp"
#include "openbar/result.hpp"
#include "openbar/vfio_user/mapped_area.hpp"

#include "base/mapping_guard.hpp"

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace openbar::vfio_user {

class MappedArea::Implementation {
public:
    /// What to map of which file.
    struct Request {
        int descriptor = -1;
        off_t offset = 0;
        std::size_t length = 0;
        bool readable = true;
        bool writable = true;
        bool allow_unsealed = true;
        std::string_view server;  ///< for the line on standard error when it has cut the file
        RegionIndex region = 0;
    };
    [[nodiscard]] static Result<std::unique_ptr<Implementation>> map(const Request& request);
    /// In place of what is mapped at `place`. The file must be sealed.
    [[nodiscard]] static Result<void> map_at(std::byte* place, const Request& request);

    Implementation(std::span<std::byte> memory, std::optional<MappingGuard> guard) noexcept;
    Implementation(const Implementation&) = delete;
    Implementation& operator=(const Implementation&) = delete;
    ~Implementation();

    [[nodiscard]] std::span<std::byte> memory() const noexcept { return memory_; }
    [[nodiscard]] bool faulted() const noexcept { return guard_ && guard_->faulted(); }
    [[nodiscard]] const MappingLoss* loss() const noexcept {
        return guard_ ? guard_->loss() : nullptr;
    }

private:
    std::span<std::byte> memory_;
    std::optional<MappingGuard> guard_;
};

}  // namespace openbar::vfio_user
