/// The elements of a description: regions, blocks, registers, fields, enumerated values. Each is a
/// small view into the `Description` that it comes from.
///
///     void list(openbar::description::Block block) {
///         for (auto inner : block.blocks()) list(inner);
///         for (auto reg : block.registers())
///             std::cout << reg.location() << ": " << reg.name() << " at " << reg.offset() << "\n";
///     }
///
///     auto card = openbar::Description::read("card.svd").value();
///     for (auto region : card.regions()) list(region.block());    // prints card.svd:16: CTRL at 4
#pragma once

#include "openbar/description_properties.hpp"
#include "openbar/standard.hpp"

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace openbar::description {

struct Model;

/// A place in a file. Line 0: not in a file.
struct Location {
    std::string file;
    std::size_t line = 0;
};
std::ostream& operator<<(std::ostream& out, const Location& location);  ///< "card.svd:12"

/// The fact that a location is for. Inherited and corrected facts have the location of their
/// origin.
enum class Fact : std::uint8_t {
    element,
    offset,  ///< of a field: its bits
    width,
    access,
    reset,
    reset_mask,
    read_effect,
    write_effect,
};

/// One dimension of an array.
struct Dimension {
    std::uint64_t count = 1;
    std::uint64_t stride = 0;  ///< bytes from one element to the next
};

/// A range of elements of one kind.
template <typename View>
class Views {
public:
    class iterator {
    public:
        using value_type = View;
        using difference_type = std::ptrdiff_t;

        iterator() = default;
        iterator(const Model* model, std::uint32_t index) noexcept : model_(model), index_(index) {}
        [[nodiscard]] View operator*() const noexcept { return View(model_, index_); }
        iterator& operator++() noexcept { return ++index_, *this; }
        iterator operator++(int) noexcept { return {model_, index_++}; }
        [[nodiscard]] bool operator==(const iterator&) const = default;

    private:
        const Model* model_ = nullptr;
        std::uint32_t index_ = 0;
    };

    Views(const Model* model, std::uint32_t first, std::uint32_t count) noexcept
        : model_(model), first_(first), count_(count) {}

    [[nodiscard]] iterator begin() const noexcept { return {model_, first_}; }
    [[nodiscard]] iterator end() const noexcept { return {model_, first_ + count_}; }
    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
    /// Precondition: index < size().
    [[nodiscard]] View operator[](std::size_t index) const noexcept {
        return View(model_, first_ + static_cast<std::uint32_t>(index));
    }

private:
    const Model* model_;
    std::uint32_t first_;
    std::uint32_t count_;
};

/// The base of all elements: an index into the model.
class Element {
public:
    Element(const Model* model, std::uint32_t index) noexcept : model_(model), index_(index) {}
    /// The same element of the same description.
    [[nodiscard]] bool operator==(const Element&) const = default;
    [[nodiscard]] std::uint32_t index() const noexcept { return index_; }

protected:
    const Model* model_;
    std::uint32_t index_;
};

/// A named value of a field.
class Value : public Element {
public:
    using Element::Element;
    [[nodiscard]] std::string_view name() const noexcept;
    [[nodiscard]] std::string documentation() const;
    [[nodiscard]] Location location() const;
    [[nodiscard]] std::uint64_t value() const noexcept;
    /// Bits that matter: a field value v has this name if `(v & mask()) == value()`.
    [[nodiscard]] std::uint64_t mask() const noexcept;
    /// The name of all values that have no other.
    [[nodiscard]] bool is_default() const noexcept;
};

/// The named values of a field, for one direction or both.
class Enumeration : public Element {
public:
    using Element::Element;
    [[nodiscard]] std::string_view name() const noexcept;  ///< often empty
    [[nodiscard]] Location location() const;
    [[nodiscard]] bool for_reading() const noexcept;
    [[nodiscard]] bool for_writing() const noexcept;
    [[nodiscard]] Views<Value> values() const noexcept;
};

class Field : public Element {
public:
    using Element::Element;
    [[nodiscard]] std::string_view name() const noexcept;
    [[nodiscard]] std::string documentation() const;
    [[nodiscard]] Location location(Fact fact = Fact::element) const;
    [[nodiscard]] unsigned low() const noexcept;  ///< the lowest bit
    [[nodiscard]] unsigned width() const noexcept;
    [[nodiscard]] unsigned high() const noexcept { return low() + width() - 1; }
    [[nodiscard]] Access access() const noexcept;
    [[nodiscard]] ReadEffect read_effect() const noexcept;
    [[nodiscard]] WriteEffect write_effect() const noexcept;
    /// The card can change it by itself.
    [[nodiscard]] bool is_volatile() const noexcept;
    [[nodiscard]] Views<Enumeration> enumerations() const noexcept;
};

class Register : public Element {
public:
    using Element::Element;
    /// "CTRL"; of an array with a %s for each index: "RX[%s]".
    [[nodiscard]] std::string_view name() const noexcept;
    [[nodiscard]] std::string_view title() const noexcept;  ///< a second name for display, or empty
    [[nodiscard]] std::string documentation() const;
    [[nodiscard]] Location location(Fact fact = Fact::element) const;
    /// In bytes, from the start of its block; of an array the first element's.
    [[nodiscard]] std::uint64_t offset() const noexcept;
    [[nodiscard]] unsigned width() const noexcept;  ///< bits
    /// From its first byte to behind its last one; of an array the first element's.
    [[nodiscard]] std::uint64_t bytes() const noexcept;
    /// Bits of the widest single access; a wider register is read and written word by word.
    [[nodiscard]] unsigned access_width() const noexcept;
    /// Bytes from one such word to the next.
    [[nodiscard]] unsigned word_stride() const noexcept;
    /// Of the bytes, or of the words of a register that takes several accesses.
    [[nodiscard]] ByteOrder byte_order() const noexcept;
    [[nodiscard]] Access access() const noexcept;
    [[nodiscard]] ReadEffect read_effect() const noexcept;
    [[nodiscard]] WriteEffect write_effect() const noexcept;
    [[nodiscard]] bool is_volatile() const noexcept;
    /// Reading it, or a field in it, changes something.
    [[nodiscard]] bool reading_has_effects() const noexcept;
    /// The value after reset, if it is described; of more than 64 bits the low ones.
    [[nodiscard]] std::optional<std::uint64_t> reset() const noexcept;
    /// Which bits of it are known.
    [[nodiscard]] std::uint64_t reset_mask() const noexcept;
    [[nodiscard]] std::vector<Dimension> dimensions() const;  ///< outermost first
    [[nodiscard]] Views<Field> fields() const noexcept;
    /// Names of the group, and of the register, that share its place with it on purpose, or empty.
    [[nodiscard]] std::string_view alternate_group() const noexcept;
    [[nodiscard]] std::string_view alternate_register() const noexcept;
    /// The register that a write changes instead: of CTRL_SET that is CTRL. Empty: itself.
    [[nodiscard]] std::string_view target() const noexcept;
};

class Block : public Element {
public:
    using Element::Element;
    [[nodiscard]] std::string_view name() const noexcept;
    [[nodiscard]] std::string documentation() const;
    [[nodiscard]] Location location(Fact fact = Fact::element) const;
    /// In bytes, from the start of the block around it; of an array the first element's.
    [[nodiscard]] std::uint64_t offset() const noexcept;
    /// In bytes, as described or as its contents need.
    [[nodiscard]] std::uint64_t size() const noexcept;
    [[nodiscard]] std::vector<Dimension> dimensions() const;  ///< outermost first
    [[nodiscard]] Views<Block> blocks() const noexcept;
    [[nodiscard]] Views<Register> registers() const noexcept;
};

/// A region of the card, or the whole contents of a file.
class Region : public Element {
public:
    using Element::Element;
    [[nodiscard]] std::string_view name() const noexcept;  ///< "bar0", "config", or empty
    /// The number of the BAR; empty for the configuration space and for files without this fact.
    [[nodiscard]] std::optional<unsigned> bar() const noexcept;
    [[nodiscard]] Block block() const noexcept;
};

/// A mistake in a description, or something doubtful.
struct Problem {
    enum class Kind : std::uint8_t {
        malformed,    ///< an invalid element, which was omitted
        unresolved,   ///< it refers to a missing element
        overlap,      ///< two registers, fields or blocks overlap
        outside,      ///< an element exceeds its container
        stride,       ///< elements of an array are larger than their stride
        enumeration,  ///< an enumerated value does not fit its field, or occurs twice
        duplicate,    ///< a name occurs twice
        doubtful,     ///< legal but unlikely to be meant
    };

    Kind kind = Kind::malformed;
    bool error = true;  ///< false: a warning
    Location location;
    std::string text;
    std::string hint;
};
std::string_view to_string(Problem::Kind kind) noexcept;  ///< "overlap", …
/// "card.svd:12: error: … [overlap]".
std::ostream& operator<<(std::ostream& out, const Problem& problem);

}  // namespace openbar::description
