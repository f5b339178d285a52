#include "driver/core/object_table.hpp"

#include "driver/core/memory.hpp"

namespace openbar::driver {
namespace {

constexpr unsigned slot_bits = 10;
constexpr std::uint32_t first_capacity = 16;
static_assert((1u << slot_bits) == OPENBAR_MAX_OBJECTS);

}  // namespace

Status ObjectTable::grow(Kernel& kernel) {
    if (capacity_ == OPENBAR_MAX_OBJECTS) return Status::limit;
    const std::uint32_t wanted = capacity_ == 0 ? first_capacity : 2 * capacity_;
    auto** slots = static_cast<Object**>(kernel.allocate(wanted * sizeof(Object*)));
    if (slots == nullptr) return Status::no_memory;
    if (slots_ != nullptr) {
        copy_bytes(slots, slots_, capacity_ * sizeof(Object*));
        kernel.free(slots_);
    }
    slots_ = slots;
    capacity_ = wanted;
    return Status::ok;
}

Status ObjectTable::add(Kernel& kernel, Object& object, std::uint64_t serial) {
    if (count_ == capacity_)
        if (Status status = grow(kernel); status != Status::ok) return status;
    std::uint32_t slot = 0;
    while (slots_[slot] != nullptr) ++slot;
    slots_[slot] = &object;
    ++count_;
    object.id = serial << slot_bits | slot;
    return Status::ok;
}

Object* ObjectTable::find(std::uint64_t id, ObjectKind kind) const {
    const auto slot = static_cast<std::uint32_t>(id & (OPENBAR_MAX_OBJECTS - 1));
    if (slot >= capacity_) return nullptr;
    Object* object = slots_[slot];
    const bool found = object != nullptr && object->id == id && object->kind == kind;
    return found && object->state != ObjectState::making ? object : nullptr;
}

bool ObjectTable::holds_anything() const {
    for (std::uint32_t slot = 0; slot < capacity_; ++slot)
        if (slots_[slot] != nullptr && slots_[slot]->state != ObjectState::revoked) return true;
    return false;
}

void ObjectTable::remove(const Object& object) {
    slots_[object.id & (OPENBAR_MAX_OBJECTS - 1)] = nullptr;
    --count_;
}

void ObjectTable::release(Kernel& kernel) {
    if (slots_ != nullptr) kernel.free(slots_);
    slots_ = nullptr;
    capacity_ = 0;
}

}  // namespace openbar::driver
