/// The table of handles: the one global state of the C interface.
///
///     const openbar_handle handle = handles::add(std::make_shared<OpenDevice>(...));
///     OPENBAR_TRY(device, handles::find<OpenDevice>(handle));    // a shared_ptr: it stays alive
///     OPENBAR_TRY(closed, handles::close(handle));
///
/// A handle is the number of a slot and the slot's generation, which grows whenever the slot is
/// freed. An old handle therefore never finds the slot's next object. `find` gives a share of the
/// object, so that a call in progress survives a `close` in another thread.
///
/// `fork`: the table is never locked by a thread that the child does not have. The child finds
/// every inherited handle closed to it, and destroys none of the objects: they are its parent's.
#pragma once

#include "openbar/openbar.h"

#include "base/failure.hpp"
#include "c/objects.hpp"

#include <fmt/format.h>

namespace openbar::c::handles {

/// Throws std::bad_alloc.
[[nodiscard]] openbar_handle add(Object object);
/// A share of the object. Error: invalid_argument (closed, invented, or from before `fork`).
[[nodiscard]] Result<Object> find_any(openbar_handle handle);
/// Frees the slot and gives up the table's share.
[[nodiscard]] Result<void> close(openbar_handle handle);

[[nodiscard]] std::string_view kind_of(const Object& object) noexcept;

template <typename Wanted>
[[nodiscard]] Result<std::shared_ptr<Wanted>> find(openbar_handle handle) {
    OPENBAR_TRY(object, find_any(handle));
    if (auto* found = std::get_if<std::shared_ptr<Wanted>>(&object)) [[likely]]
        return std::move(*found);
    return failure(ErrorCode::invalid_argument,
                   fmt::format("the handle is that of a {}", kind_of(object)),
                   fmt::format("pass the handle of a {}", Wanted::kind));
}

}  // namespace openbar::c::handles
