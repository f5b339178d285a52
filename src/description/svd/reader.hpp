/// Reads CMSIS-SVD: the whole of version 1.3.10, and what vendors made of it.
///
/// An element that is derived from another one is read as *levels*: the elements that it is derived
/// from, the last one first, and then itself. What a later level says counts.
///
/// https://open-cmsis-pack.github.io/svd-spec/main/svd_Format_pg.html
#pragma once

#include "description/model.hpp"
#include "description/svd/levels.hpp"
#include "description/svd/tag.hpp"
#include "description/xml.hpp"

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace openbar::description::svd {

/// What registers have of the elements around them if they do not say it themselves.
struct Properties {
    std::uint64_t reset = 0;
    std::uint64_t reset_mask = 0;
    Place32 width_place = 0;
    Place32 access_place = 0;
    Place32 reset_place = 0;
    Place32 reset_mask_place = 0;
    std::uint16_t width = 0;
    Access access = Access::read_write;
    bool has_reset = false;
    bool has_reset_mask = false;

    [[nodiscard]] bool operator==(const Properties&) const = default;
};

/// What fields have of their register if they do not say it themselves.
struct FieldProperties {
    Place32 access_place = 0;
    Place32 read_effect_place = 0;
    Place32 write_effect_place = 0;
    Access access = Access::read_write;
    ReadEffect read_effect = ReadEffect::none;
    WriteEffect write_effect = WriteEffect::none;

    [[nodiscard]] bool operator==(const FieldProperties&) const = default;
};

/// The dim elements of an array, as they are met.
struct ArrayDraft {
    pugi::xml_node count;
    pugi::xml_node increment;
    pugi::xml_node index;
    pugi::xml_node labels;  ///< dimArrayIndex

    void take(Tag tag, pugi::xml_node node) noexcept;
};

/// The blocks and registers of a peripheral or cluster.
struct Contents {
    Range blocks;
    Range registers;
};

class Reader {
public:
    Reader(Model& model, XmlFile& xml) noexcept : model_(model), xml_(xml), levels_(model, xml) {}

    /// Reads the device: its peripherals, at their addresses, become the blocks of `root`.
    [[nodiscard]] Result<void> read_device(BlockRecord& root);

private:
    // device.cpp
    void read_peripherals(pugi::xml_node peripherals, const Properties& properties,
                          BlockRecord& root);
    void take_property(Tag tag, pugi::xml_node node, Properties& properties);

    // blocks.cpp: peripherals and clusters
    void read_block(pugi::xml_node node, const Properties& around, unsigned depth,
                    std::vector<BlockRecord>& siblings);
    void take_block_fact(Tag tag, pugi::xml_node child, BlockRecord& block);
    [[nodiscard]] std::uint64_t address_block_end(pugi::xml_node node);
    [[nodiscard]] Contents read_contents(const std::vector<pugi::xml_node>& containers,
                                         const Properties& properties, unsigned depth);
    [[nodiscard]] Contents read_shared_contents(pugi::xml_node container,
                                                const Properties& properties, unsigned depth);

    // registers.cpp
    void read_register(pugi::xml_node node, const Properties& around,
                       std::vector<RegisterRecord>& siblings);
    struct RegisterDraft;
    void take_register_fact(Tag tag, pugi::xml_node child, RegisterDraft& draft);
    void finish_register(RegisterDraft& draft);

    // fields.cpp
    [[nodiscard]] Range read_fields(const std::vector<pugi::xml_node>& containers,
                                    const FieldProperties& around, bool derived);
    void index_known_fields();
    [[nodiscard]] Range read_own_fields(pugi::xml_node container, const FieldProperties& around);
    [[nodiscard]] Range read_shared_fields(pugi::xml_node container, const FieldProperties& around);
    void read_field(pugi::xml_node node, const FieldProperties& around,
                    std::vector<FieldRecord>& siblings);
    struct FieldDraft;
    void take_field_fact(Tag tag, pugi::xml_node child, FieldDraft& draft);
    [[nodiscard]] bool place_field(FieldDraft& draft);
    void add_field(FieldDraft& draft, std::vector<FieldRecord>& siblings);

    // enumerations.cpp
    [[nodiscard]] Range read_enumerations(const std::vector<pugi::xml_node>& nodes,
                                          pugi::xml_node field);
    [[nodiscard]] EnumerationRecord read_shared_enumeration(pugi::xml_node node);
    [[nodiscard]] EnumerationRecord read_enumeration(pugi::xml_node node);
    [[nodiscard]] std::optional<ValueRecord> read_value(pugi::xml_node node);

    // arrays.cpp
    /// The dimension of an array, whose name gets a %s if it has none; `no_dimension` if it is none.
    [[nodiscard]] std::uint32_t dimension(const ArrayDraft& draft, pugi::xml_node node, Text& name);
    [[nodiscard]] Range labels(pugi::xml_node index, std::uint64_t count);

    // facts.cpp
    [[nodiscard]] std::optional<std::uint64_t> number(pugi::xml_node node);
    [[nodiscard]] std::optional<unsigned> width(pugi::xml_node node);
    [[nodiscard]] std::optional<Access> access(pugi::xml_node node);
    [[nodiscard]] std::optional<ReadEffect> read_effect(pugi::xml_node node);
    [[nodiscard]] std::optional<WriteEffect> write_effect(pugi::xml_node node);

    /// Notes that an element was left out, or a fact of it.
    void leave_out(pugi::xml_node node, std::string words, std::string hint = {});
    /// Notes that `text` cannot be read as `kind` ("a number").
    void not_a(std::string_view kind, pugi::xml_node node);
    /// Stops reading. The first error counts.
    void fail(Error error);
    /// Stops reading where the description grows beyond all reason.
    [[nodiscard]] bool stopped();

    Model& model_;
    XmlFile& xml_;
    Levels levels_;
    std::optional<Error> error_;
    ByteOrder byte_order_ = ByteOrder::little;

    struct KnownContents {
        Properties properties;
        Contents contents;
        bool complete = false;
    };
    struct KnownFields {
        const void* container = nullptr;
        FieldProperties properties;
        Range fields;
        std::uint32_t next = 0;  ///< of the same container; 0 ends
    };
    /// What was read of containers that others may be derived from, by what they inherited.
    std::unordered_map<const void*, std::vector<KnownContents>> known_contents_;
    std::unordered_map<const void*, std::uint32_t> known_fields_of_;  ///< as far as indexed
    std::size_t indexed_fields_ = 1;
    std::vector<KnownFields> known_fields_{KnownFields{}};
    std::unordered_map<const void*, EnumerationRecord> known_enumerations_;
    std::vector<FieldRecord> field_siblings_;  ///< kept for its memory
    pugi::xml_node own_register_;              ///< that is being read
    bool counts_ = true;                       ///< false while elements are read once more
};

}  // namespace openbar::description::svd
