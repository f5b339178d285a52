#include "c/handles.hpp"

#include "c/last_error.hpp"

#include <cstdint>
#include <limits>
#include <mutex>
#include <utility>
#include <vector>

#ifndef _WIN32
#include <pthread.h>
#endif

namespace openbar::c::handles {
namespace {

struct Slot {
    Object object;
    std::uint32_t generation = 1;
};

struct Parts {
    std::uint32_t slot;
    std::uint32_t generation;
};

constexpr openbar_handle join(Parts parts) noexcept {
    return std::uint64_t{parts.generation} << 32 | parts.slot;
}
constexpr Parts split(openbar_handle handle) noexcept {
    return {static_cast<std::uint32_t>(handle), static_cast<std::uint32_t>(handle >> 32)};
}

class Table {
public:
    /// Never destroyed: threads may still make calls while the program ends, and the objects that
    /// it has not closed go with the process.
    static Table& instance() {
        static Table& table = *new Table;
        return table;
    }

    openbar_handle add(Object object) {
        const std::lock_guard lock(mutex_);
        if (free_.empty()) {
            if (slots_.size() > std::numeric_limits<std::uint32_t>::max()) throw std::bad_alloc();
            free_.reserve(slots_.size() + 1);  // so that `remove` needs no memory
            free_.push_back(static_cast<std::uint32_t>(slots_.size()));
            try {
                slots_.emplace_back();
            } catch (...) {
                free_.pop_back();
                throw;
            }
        }
        const std::uint32_t number = free_.back();
        free_.pop_back();
        slots_[number].object = std::move(object);
        return join({number, slots_[number].generation});
    }

    Result<Object> find(openbar_handle handle) {
        const std::lock_guard lock(mutex_);
        if (const Slot* slot = slot_of(handle)) [[likely]]
            return slot->object;
        return refusal(handle);
    }

    Result<Object> remove(openbar_handle handle) {
        const std::lock_guard lock(mutex_);
        Slot* slot = slot_of(handle);
        if (slot == nullptr) return refusal(handle);
        Object removed = std::exchange(slot->object, Object());
        // A slot whose generations are used up stays closed for good.
        if (++slot->generation != 0) free_.push_back(split(handle).slot);
        return removed;
    }

private:
    Table() {
#ifndef _WIN32
        pthread_atfork([] { instance().mutex_.lock(); }, [] { instance().mutex_.unlock(); },
                       [] { instance().leave_to_parent(); });
#endif
    }

    /// In the child, which alone has the lock.
    void leave_to_parent() noexcept {
        inherited_ = slots_.size();
        free_.clear();
        mutex_.unlock();
    }

    Slot* slot_of(openbar_handle handle) noexcept {
        const Parts parts = split(handle);
        if (parts.slot < inherited_ || parts.slot >= slots_.size()) return nullptr;
        Slot& slot = slots_[parts.slot];
        const bool holds = slot.generation == parts.generation && slot.object.index() != 0;
        return holds ? &slot : nullptr;
    }

    Error refusal(openbar_handle handle) const {
        if (split(handle).slot < inherited_ && handle != 0)
            return failure(ErrorCode::invalid_argument,
                           "the handle belongs to the process that this one was forked from",
                           "open the device in the child");
        return failure(ErrorCode::invalid_argument,
                       handle == 0
                           ? std::string("the handle is 0")
                           : fmt::format("the handle {:#x} is closed or was never one", handle));
    }

    std::mutex mutex_;
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
    std::size_t inherited_ = 0;  // slots below belong to a parent process
};

/// Ends a wait in another thread, which keeps its share until then.
void stop_waiting(const Object& object) noexcept {
    if (const auto* vector = std::get_if<std::shared_ptr<EnabledVector>>(&object))
        (*vector)->interrupt.cancel();
    if (const auto* subscription = std::get_if<std::shared_ptr<Subscription>>(&object))
        (*subscription)->events.cancel();
}

}  // namespace

openbar_handle add(Object object) {
    return Table::instance().add(std::move(object));
}

Result<Object> find_any(openbar_handle handle) {
    return Table::instance().find(handle);
}

Result<void> close(openbar_handle handle) {
    OPENBAR_TRY(removed, Table::instance().remove(handle));
    stop_waiting(removed);
    return {};
}

std::string_view kind_of(const Object& object) noexcept {
    return std::visit(
        []<typename Held>(const Held&) -> std::string_view {
            if constexpr (std::is_same_v<Held, std::monostate>)
                return "nothing";
            else
                return Held::element_type::kind;
        },
        object);
}

}  // namespace openbar::c::handles

openbar_code openbar_close(openbar_handle handle) {
    return openbar::c::call("close a handle", [&] { return openbar::c::handles::close(handle); });
}
