/// What one handle owns, found by ids that no other handle has and that are never used again.
///
///     Object* object = table.find(id, ObjectKind::mapping);
///
/// An id is a serial number of the whole device above the slot's index: the id of another handle's
/// mapping, or of one that is gone, finds nothing.
#pragma once

#include "driver/core/kernel.hpp"

#include <cstdint>

namespace openbar::driver {

enum class ObjectKind : std::uint8_t { mapping, vector, dma_buffer, pinned_memory };

enum class ObjectState : std::uint8_t {
    /// Its place is reserved, and counts against every limit, while slow work is done for it
    /// outside Lock::tables. Only the request that makes it touches it.
    making,
    live,
    /// What it stood for has been given back by power-down, stop or removal. The id stays until
    /// its owner lets go of it, so that this is no error there.
    revoked
};

/// What has become of addresses that a program was given.
enum class Addresses : std::uint8_t { mapped, reserved, lost };

/// A stretch of a mapping that one MDL describes.
struct Piece {
    KernelView kernel{};
    UserView user{};
    std::uint64_t length = 0;
    Addresses addresses = Addresses::mapped;
};

struct Object {
    std::uint64_t id = 0;
    ObjectKind kind = ObjectKind::mapping;
    ObjectState state = ObjectState::making;
    std::uint32_t number = 0;  ///< region of a mapping, index of a vector
    std::uint64_t bytes = 0;   ///< whole pages: of a mapping, or of DMA memory, which is limited

    std::uint32_t piece_count = 0;
    Piece* pieces = nullptr;  ///< behind the object, in the same memory

    CommonBuffer buffer{};  ///< with one piece, the program's view of it
    PinnedPages pages{};
};

class ObjectTable {
public:
    /// Gives the object an id and a slot. limit: OPENBAR_MAX_OBJECTS; no_memory.
    [[nodiscard]] Status add(Kernel& kernel, Object& object, std::uint64_t serial);
    /// nullptr: no such object here, or of another kind, or it is not made yet.
    [[nodiscard]] Object* find(std::uint64_t id, ObjectKind kind) const;
    void remove(const Object& object);

    [[nodiscard]] std::uint32_t capacity() const { return capacity_; }
    [[nodiscard]] Object* at(std::uint32_t slot) const { return slots_[slot]; }  ///< or nullptr
    /// Whether anything is held, or about to be: what was revoked does not count.
    [[nodiscard]] bool holds_anything() const;
    /// The table must be empty.
    void release(Kernel& kernel);

private:
    [[nodiscard]] Status grow(Kernel& kernel);

    Object** slots_ = nullptr;
    std::uint32_t capacity_ = 0;
    std::uint32_t count_ = 0;
};

}  // namespace openbar::driver
