#include "description/litex/soc.hpp"

#include "base/failure.hpp"
#include "description/message.hpp"
#include "description/numbers.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace openbar::description::litex {
namespace {

/// The base whose name a register's starts with: the longest one. The number of bases if none does.
std::size_t base_of(const std::map<std::string_view, std::size_t>& bases, std::string_view name,
                    std::size_t none) {
    for (std::size_t end = name.rfind('_'); end != std::string_view::npos && end != 0;
         end = name.rfind('_', end - 1))
        if (const auto found = bases.find(name.substr(0, end)); found != bases.end())
            return found->second;
    return none;
}

bool is_word_width(std::uint64_t bits) noexcept {
    return bits == 8 || bits == 16 || bits == 32 || bits == 64;
}

RegisterRecord record_of(Model& model, const Soc& soc, const CsrRegister& csr,
                         std::string_view name, std::uint64_t offset) {
    RegisterRecord record;
    record.name = model.text.add(name);
    record.where.fill(csr.where);
    record.where[std::to_underlying(Fact::access)] = csr.access_where;
    record.offset = offset;
    record.width = static_cast<std::uint16_t>(csr.words * soc.data_width);
    record.access = csr.access;
    record.access_width = static_cast<std::uint16_t>(soc.data_width);
    record.word_stride = static_cast<std::uint16_t>(soc.alignment / 8);
    // The highest word has the lowest address.
    record.byte_order = csr.words > 1 && !soc.little_words ? ByteOrder::big : ByteOrder::little;
    return record;
}

}  // namespace

std::optional<Access> access_of(std::string_view type) noexcept {
    if (type == "rw") return Access::read_write;
    if (type == "ro") return Access::read_only;
    if (type == "wo") return Access::write_only;
    return std::nullopt;
}

void take_constant(Soc& soc, std::string_view name, std::string_view text) {
    if (name == "config_csr_data_width") soc.data_width = parse_number(text).value_or(0);
    if (name == "config_csr_alignment") soc.alignment = parse_number(text).value_or(0);
    if (name == "config_csr_ordering") soc.little_words = text == "little";
}

Result<BlockRecord> build(Model& model, std::size_t file, const Soc& soc) {
    const Place32 start = model.text.place(file, 0);
    if (!is_word_width(soc.data_width) || !is_word_width(soc.alignment) ||
        soc.alignment < soc.data_width)
        return failure(ErrorCode::protocol,
                       model.text.words(start) +
                           ": config_csr_data_width and config_csr_alignment must be 8, 16, 32 or "
                           "64, and the first not above the second");
    std::map<std::string_view, std::size_t> by_name;
    for (std::size_t i = 0; i < soc.bases.size(); ++i) by_name.emplace(soc.bases[i].name, i);
    // The last one takes the registers that have no base.
    std::vector<std::vector<RegisterRecord>> contents(soc.bases.size() + 1);
    for (const CsrRegister& csr : soc.registers) {
        const std::size_t index = base_of(by_name, csr.name, soc.bases.size());
        if (csr.words == 0 || csr.words > widest_register / soc.data_width) {
            model.add_problem(Problem::Kind::malformed, csr.where,
                              "register " + in_quotes(csr.name) + " cannot have " +
                                  std::to_string(csr.words) + " words");
            continue;
        }
        std::string_view name = csr.name;
        std::uint64_t offset = csr.address;
        if (index < soc.bases.size()) {
            const Base& base = soc.bases[index];
            name.remove_prefix(base.name.size() + 1);
            if (offset < base.address) {
                model.add_problem(Problem::Kind::outside, csr.where,
                                  "register " + in_quotes(csr.name) + " lies before its base");
                continue;
            }
            offset -= base.address;
        }
        contents[index].push_back(record_of(model, soc, csr, name, offset));
        ++model.counts.registers;
    }
    BlockRecord root;
    root.where.fill(start);
    std::vector<BlockRecord> blocks;
    for (std::size_t i = 0; i < soc.bases.size(); ++i) {
        BlockRecord block;
        block.name = model.text.add(soc.bases[i].name);
        block.where.fill(soc.bases[i].where);
        block.offset = soc.bases[i].address;
        block.registers = Model::append(model.registers, contents[i]);
        blocks.push_back(block);
        ++model.counts.blocks;
    }
    root.registers = Model::append(model.registers, contents.back());
    root.blocks = Model::append(model.blocks, blocks);
    return root;
}

}  // namespace openbar::description::litex
