/// What LiteX writes of a system on a chip, in JSON or CSV alike.
///
/// csr_base ties a name to an address; a register's name starts with that of its base. Addresses are
/// those of the system's bus. A register has a number of words, each as wide as the CSR bus.
#pragma once

#include "description/read.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace openbar::description::litex {

struct Base {
    std::string name;
    std::uint64_t address = 0;
    Place32 where = 0;
};

struct CsrRegister {
    std::string name;
    std::uint64_t address = 0;
    std::uint64_t words = 1;
    Access access = Access::read_write;
    Place32 where = 0;
    Place32 access_where = 0;
};

struct Soc {
    std::vector<Base> bases;
    std::vector<CsrRegister> registers;
    std::uint64_t data_width = 32;  ///< bits of a word; before 2021 often 8
    std::uint64_t alignment = 32;   ///< bits from one word to the next
    bool little_words = false;      ///< the lowest word first
};

/// The access that "ro" or "rw" stand for.
[[nodiscard]] std::optional<Access> access_of(std::string_view type) noexcept;
/// Takes a constant that matters: "config_csr_data_width" and its like.
void take_constant(Soc& soc, std::string_view name, std::string_view text);

/// Each base becomes a block. Error: protocol for constants that cannot be.
[[nodiscard]] Result<BlockRecord> build(Model& model, std::size_t file, const Soc& soc);

}  // namespace openbar::description::litex
