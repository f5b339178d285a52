/// Reads card files: docs/register-descriptions.md and docs/card.schema.json say what is in them.
#pragma once

#include "description/card/facts.hpp"
#include "description/read.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace openbar::description::card {

/// What the registers of a region have if they do not say it themselves.
struct RegionDefaults {
    std::uint64_t width = 32;
    ByteOrder byte_order = ByteOrder::little;
};

/// The blocks and registers of a region or block, before they stand in the model.
struct Children {
    std::vector<BlockRecord> blocks;
    std::vector<RegisterRecord> registers;
};

class Reader {
public:
    explicit Reader(const Source& source) noexcept
        : source_(source), model_(source.model), failure_(source.model.text) {}

    [[nodiscard]] Result<void> read(const JsonValue& json);

private:
    // card.cpp
    void read_ids(const JsonValue& json);
    void read_region(const JsonValue& json);
    void read_children(Facts& facts, const RegionDefaults& defaults, unsigned depth,
                       Children& children);
    void read_block(const JsonValue& json, const RegionDefaults& defaults, unsigned depth,
                    Children& children);
    [[nodiscard]] std::uint32_t read_array(Facts& facts, std::string& name);

    // registers.cpp
    void read_register(const JsonValue& json, const RegionDefaults& defaults, Children& children);
    void read_field(const JsonValue& json, const RegisterRecord& around,
                    std::vector<FieldRecord>& fields);
    void read_bits(const JsonValue& json, FieldRecord& field);
    void read_values(const JsonValue* json, bool for_reading, bool for_writing,
                     std::vector<EnumerationRecord>& enumerations);

    // includes.cpp
    void read_include(const JsonValue& json, Children& children);
    [[nodiscard]] bool choose_block(const JsonValue& json, std::string_view name,
                                    BlockRecord& record);
    void shift(const JsonValue& json, std::uint64_t base, std::uint64_t offset,
               const BlockRecord& record, Children& children);

    [[nodiscard]] Text kept(std::string_view text) { return model_.text.add(text); }

    const Source& source_;
    Model& model_;
    Failure failure_;
};

/// Changes what the corrections of a card file say. Registers that share what is corrected with
/// others are no longer shared where only some are meant.
class Corrector {
public:
    Corrector(Model& model, Failure& failure) noexcept : model_(model), failure_(failure) {}

    void apply(const JsonValue& json);

private:
    struct Correction;

    [[nodiscard]] bool fits_here(std::string_view name) const;
    [[nodiscard]] std::optional<BlockRecord> corrected(const BlockRecord& block, bool in_region);
    [[nodiscard]] bool correct_register(RegisterRecord& record, bool& removed);
    [[nodiscard]] bool correct_fields(RegisterRecord& record);
    void change(RegisterRecord& record) const;
    void change(FieldRecord& field) const;

    Model& model_;
    Failure& failure_;
    const Correction* correction_ = nullptr;
    std::vector<std::string_view> path_;  ///< names of the blocks around, as they are written
    std::size_t steps_ = 0;
    std::size_t changed_ = 0;
};

}  // namespace openbar::description::card
