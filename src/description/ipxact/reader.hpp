/// Reads IP-XACT components: IEEE 1685-2009 (spirit:), -2014 and -2022 (ipxact:).
///
/// Values that a tool has computed are taken as they are written; expressions with parameters, and
/// definitions in other files, are reported and left out.
#pragma once

#include "description/model.hpp"
#include "description/xml.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace openbar::description::ipxact {

/// An element's name without its namespace prefix.
[[nodiscard]] std::string_view local_name(pugi::xml_node node) noexcept;
/// The first child of that name.
[[nodiscard]] pugi::xml_node child_of(pugi::xml_node node, std::string_view name) noexcept;

/// What registers and fields have of the elements around them.
struct Around {
    Access access = Access::read_write;
    Place32 access_place = 0;
    bool is_volatile = false;
    std::uint64_t width = 32;     ///< bits of a register that does not say it
    std::uint64_t unit_bits = 8;  ///< bits of one address
};

class Reader {
public:
    Reader(Model& model, XmlFile& xml) noexcept : model_(model), xml_(xml) {}

    [[nodiscard]] Result<BlockRecord> read_component();

private:
    // blocks.cpp
    [[nodiscard]] std::optional<BlockRecord> read_memory_map(pugi::xml_node node);
    void read_bank(pugi::xml_node node, Around around, std::vector<BlockRecord>& siblings);
    [[nodiscard]] std::optional<BlockRecord> read_block(pugi::xml_node node, Around around,
                                                        unsigned depth);
    void read_contents(pugi::xml_node node, const Around& around, unsigned depth,
                       BlockRecord& block);
    void take_around(pugi::xml_node node, Around& around);

    // registers.cpp
    void read_register(pugi::xml_node node, const Around& around,
                       const RegisterRecord* alternate_of, std::vector<RegisterRecord>& siblings);
    void take_reset(pugi::xml_node node, RegisterRecord& record);
    void read_fields(pugi::xml_node node, const Around& around, RegisterRecord& record);
    [[nodiscard]] std::optional<FieldRecord> read_field(pugi::xml_node node, const Around& around);
    void take_policy(pugi::xml_node node, FieldRecord& field);
    void take_field_reset(pugi::xml_node node, const FieldRecord& field, RegisterRecord& record);
    [[nodiscard]] Range read_enumerations(pugi::xml_node node);

    // facts.cpp
    [[nodiscard]] std::optional<std::uint64_t> number(pugi::xml_node node);
    [[nodiscard]] std::optional<std::uint64_t> number_in(pugi::xml_node node,
                                                         std::string_view name);
    [[nodiscard]] std::optional<Access> access(pugi::xml_node node);
    /// The dimensions of an array; its name gets a [%s] for each. `size` is in bytes.
    [[nodiscard]] std::uint32_t dimensions(pugi::xml_node node, std::uint64_t size, Text& name,
                                           const Around& around);
    /// In bytes, what is given in units of addresses.
    [[nodiscard]] std::uint64_t bytes(std::uint64_t units, const Around& around,
                                      pugi::xml_node node);
    /// Whether an element is one that is not read, and then notes it.
    [[nodiscard]] bool refused(pugi::xml_node node);
    void leave_out(pugi::xml_node node, std::string words, std::string hint = {});
    [[nodiscard]] bool stopped();

    Model& model_;
    XmlFile& xml_;
    std::optional<Error> error_;
};

}  // namespace openbar::description::ipxact
