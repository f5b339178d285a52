/// How a description is kept: tables of small records that refer to each other by index, and the
/// text of the files that they were read from.
///
/// Children of one parent stand beside each other. What is derived from something shares its
/// children. An array is one record with dimensions.
#pragma once

#include "openbar/description.hpp"

#include "description/text_store.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace openbar::description {

/// Records of a table that stand beside each other.
struct Range {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
};

inline constexpr std::size_t facts = 8;  // as many as Fact has values

/// Where each fact of an element is written, by Fact.
using FactPlaces = std::array<Place32, facts>;

/// Its place in them.
[[nodiscard]] constexpr std::size_t at(Fact fact) noexcept {
    return static_cast<std::size_t>(fact);
}

struct ValueRecord {
    Text name;
    Text documentation;
    std::uint64_t value = 0;
    std::uint64_t mask = 0;
    Place32 where = 0;
    bool is_default = false;
};

struct EnumerationRecord {
    Text name;
    Range values;
    Place32 where = 0;
    bool for_reading = true;
    bool for_writing = true;
};

struct FieldRecord {
    Text name;
    Text documentation;
    FactPlaces where{};
    Range enumerations;
    std::uint16_t low = 0;
    std::uint16_t width = 0;
    Access access = Access::read_write;
    ReadEffect read_effect = ReadEffect::none;
    WriteEffect write_effect = WriteEffect::none;
    bool is_volatile = false;
};

/// A dimension of an array; `inner` is the next one, or `no_dimension`.
struct DimensionRecord {
    std::uint64_t count = 1;
    std::uint64_t stride = 0;
    std::uint64_t first = 0;  ///< the first index, if there are no labels
    Range labels;             ///< of Model::labels: one for each element, or none
    std::uint32_t inner = 0;
};
inline constexpr std::uint32_t no_dimension = 0xffff'ffff;

struct RegisterRecord {
    Text name;
    Text title;
    Text documentation;
    FactPlaces where{};
    std::uint64_t offset = 0;
    std::uint64_t reset = 0;
    std::uint64_t reset_mask = 0;
    Range fields;
    std::uint32_t dimension = no_dimension;
    std::uint32_t relations = 0;  ///< of Model::relations; 0 has none
    std::uint16_t width = 32;
    std::uint16_t access_width = 0;  ///< 0: as wide as the register
    std::uint16_t word_stride = 0;   ///< bytes; 0: words of several accesses lie side by side
    Access access = Access::read_write;
    ReadEffect read_effect = ReadEffect::none;
    WriteEffect write_effect = WriteEffect::none;
    ByteOrder byte_order = ByteOrder::little;
    bool has_reset = false;
    bool is_volatile = false;
};

/// From the first byte of a register, or of one element of an array, to behind the last.
[[nodiscard]] constexpr std::uint64_t bytes_of(const RegisterRecord& record) noexcept {
    const std::uint64_t word = record.access_width != 0 ? record.access_width : record.width;
    const std::uint64_t words = (record.width + word - 1) / word;
    const std::uint64_t bytes = (word + 7) / 8;
    return (words - 1) * (record.word_stride != 0 ? record.word_stride : bytes) + bytes;
}

/// What few registers have.
struct Relations {
    Text alternate_group;
    Text alternate_register;
    Text target;
};

struct BlockRecord {
    Text name;
    Text documentation;
    Text group;  ///< blocks of one alternate group may overlap
    FactPlaces where{};
    std::uint64_t offset = 0;
    std::uint64_t size = 0;    ///< as described; 0: not described
    std::uint64_t extent = 0;  ///< what its contents need; `finish` computes it
    Range blocks;
    Range registers;
    std::uint32_t dimension = no_dimension;
    std::uint8_t height = 0;     ///< of the blocks in it; `finish` computes it
    bool has_registers = false;  ///< itself or a block in it; `finish` computes it
    bool may_overlap = false;    ///< it is an alternate of another one
};

struct RegionRecord {
    Text name;
    std::int16_t bar = -1;
    std::uint32_t block = 0;
};

/// A problem before anybody has asked for its file and line.
struct ProblemRecord {
    Problem::Kind kind = Problem::Kind::malformed;
    bool error = true;
    Place32 where = 0;
    std::string text;
    std::string hint;
};

struct Model {
    Format format = Format::automatic;
    TextStore text;
    Text name;
    Text vendor;
    Text documentation;
    std::vector<PciIds> ids;
    std::vector<RegionRecord> regions;
    std::vector<BlockRecord> blocks;
    std::vector<RegisterRecord> registers;
    std::vector<FieldRecord> fields;
    std::vector<EnumerationRecord> enumerations;
    std::vector<ValueRecord> values;
    std::vector<DimensionRecord> dimensions;
    std::vector<Text> labels;
    std::vector<Relations> relations{Relations{}};
    std::vector<ProblemRecord> problems;
    std::size_t problems_left_out = 0;
    Counts counts;

    /// Appends children, which then stand beside each other.
    template <typename Record>
    static Range append(std::vector<Record>& table, const std::vector<Record>& children) {
        const Range range{static_cast<std::uint32_t>(table.size()),
                          static_cast<std::uint32_t>(children.size())};
        table.insert(table.end(), children.begin(), children.end());
        return range;
    }

    /// Both ranges as one; elements of `own` take the place of those of the same name.
    template <typename Record>
    Range merged(std::vector<Record>& table, Range base, Range own);

    /// Notes a problem. Of a file full of them only the first ones are kept, and the others counted.
    void add_problem(Problem::Kind kind, Place32 where, std::string words, std::string hint = {},
                     bool error = true);

    /// What can be told only of the whole: the extent of blocks. Error: protocol for blocks that lie
    /// deeper in each other than `deepest_block`.
    [[nodiscard]] Result<void> finish();

    /// Behind the last byte of an element, or of all elements of its array, of `size` bytes each.
    /// Sums that wrap give the largest number: `check` reports them.
    [[nodiscard]] std::uint64_t end_of(std::uint64_t offset, std::uint32_t dimension,
                                       std::uint64_t size) const noexcept;

    /// Elements of all kinds. Readers stop at `largest_description`.
    [[nodiscard]] std::size_t elements() const noexcept {
        return blocks.size() + registers.size() + fields.size() + values.size() + labels.size() +
               dimensions.size() + enumerations.size();
    }
};

/// More elements than any real card has: what keeps a small file from filling the memory.
inline constexpr std::size_t largest_description = 8'000'000;
/// Blocks within blocks.
inline constexpr unsigned deepest_block = 64;
/// Bits of a register.
inline constexpr std::uint64_t widest_register = 4096;

}  // namespace openbar::description
