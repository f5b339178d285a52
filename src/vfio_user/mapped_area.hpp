/// How the client makes a MappedArea.
#pragma once

#include "openbar/result.hpp"
#include "openbar/vfio_user/mapped_area.hpp"

#include "base/mapping_guard.hpp"

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace openbar::vfio_user {

class MappedArea::Implementation {
public:
    /// What to map of which file, and what to call it in errors.
    struct Request {
        int descriptor = -1;
        off_t offset = 0;
        std::size_t length = 0;
        bool readable = true;
        bool writable = true;
        bool allow_unsealed = true;
        std::string name;  ///< "vfio-user:/run/card.sock bar2"
    };
    [[nodiscard]] static Result<std::unique_ptr<Implementation>> map(const Request& request);

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

[[nodiscard]] const MappingLoss* loss_of(const MappedArea& area) noexcept;

}  // namespace openbar::vfio_user
