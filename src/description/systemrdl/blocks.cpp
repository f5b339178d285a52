// Address maps, register files, memories: what lies where in them.
#include "description/message.hpp"
#include "description/numbers.hpp"
#include "description/systemrdl/elaborator.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace openbar::description::systemrdl {
namespace {

constexpr std::uint64_t largest_power = std::uint64_t{1} << 63;

std::uint64_t power_of_two(std::uint64_t size) noexcept {
    return size > largest_power ? largest_power : std::bit_ceil(size);
}

/// The next multiple; the largest number if there is none.
std::uint64_t aligned(std::uint64_t address, std::uint64_t alignment) noexcept {
    if (alignment <= 1) return address;
    const std::uint64_t behind = address % alignment;
    return behind == 0 ? address : add(address, alignment - behind).value_or(~std::uint64_t{0});
}

}  // namespace

BlockRecord Elaborator::elaborate_block(Frame& frame, unsigned depth) {
    BlockRecord block;
    block.where.fill(frame.component->place);
    block.documentation = text_of(frame, "desc");
    if (block.documentation.empty()) block.documentation = text_of(frame, "name");
    if (depth > deepest_block) {
        evaluator_.fail(ErrorCode::protocol, frame.component->place,
                        "instances lie more than 64 deep: is something an instance of itself?");
        return block;
    }
    Addressing addressing = addressing_of(frame);
    std::vector<RegisterRecord> registers;
    std::vector<BlockRecord> blocks;
    for (const Statement* statement : frame.instances)
        for (const Instance& instance : statement->instances) {
            if (stopped(instance.place)) return block;
            add_instance(*statement, instance, frame, addressing, depth, registers, blocks);
        }
    if (frame.component->kind == ComponentKind::mem) block.size = memory_size(frame);
    block.registers = Model::append(model_.registers, registers);
    block.blocks = Model::append(model_.blocks, blocks);
    ++model_.counts.blocks;
    return block;
}

Addressing Elaborator::addressing_of(const Frame& frame) {
    Addressing addressing;
    if (const PropertyValue* mode = frame.properties.find("addressing")) {
        if (mode->value.text == "compact")
            addressing.mode = Addressing::Mode::compact;
        else if (mode->value.text == "fullalign")
            addressing.mode = Addressing::Mode::fullalign;
        else if (mode->value.text != "regalign")
            evaluator_.fail(ErrorCode::protocol, mode->place,
                            in_quotes(mode->value.text) + " is not a mode of addressing");
    }
    addressing.alignment = std::max<std::uint64_t>(number_of(frame, "alignment").value_or(1), 1);
    if (frame.properties.truth("msb0"))
        evaluator_.fail(ErrorCode::unsupported, frame.properties.find("msb0")->place,
                        "bits that are numbered from the highest one (msb0)");
    return addressing;
}

std::uint64_t Elaborator::memory_size(const Frame& frame) {
    const std::uint64_t width = number_of(frame, "memwidth").value_or(32);
    const auto size = multiply(number_of(frame, "mementries").value_or(1),
                               power_of_two(std::max<std::uint64_t>((width + 7) / 8, 1)));
    if (!size || width > widest_register)
        evaluator_.fail(ErrorCode::protocol, frame.component->place,
                        "the memory reaches beyond 64-bit addresses");
    return size.value_or(0);
}

void Elaborator::add_instance(const Statement& statement, const Instance& instance, Frame& around,
                              Addressing& addressing, unsigned depth,
                              std::vector<RegisterRecord>& registers,
                              std::vector<BlockRecord>& blocks) {
    const auto type = type_of(statement, *around.scope);
    if (!type || type->component->kind == ComponentKind::signal) return;
    if (type->component->kind == ComponentKind::field)
        return evaluator_.fail(ErrorCode::protocol, instance.place,
                               "a field outside of a register");
    Frame frame = open(*type, statement.arguments, around.scope,
                       assignments_for(around, instance.name), instance.place);
    const PropertyValue* present = frame.properties.find("ispresent");
    const bool is_present = present == nullptr || present->value.truth();
    Text name = model_.text.add(instance.name);
    std::uint32_t dimension = no_dimension;
    if (type->component->kind == ComponentKind::reg) {
        RegisterRecord record = elaborate_register(frame);
        record.where[at(Fact::element)] = instance.place;
        record.where[at(Fact::offset)] = instance.place;
        const std::uint64_t bytes = record.width / 8U;
        const std::uint64_t access_bytes =
            record.access_width != 0 ? record.access_width / 8U : bytes;
        record.offset = place_instance(instance, *around.scope, addressing, bytes, access_bytes,
                                       true, dimension, name);
        if (!statement.alias_of.empty()) {
            record.relations = static_cast<std::uint32_t>(model_.relations.size());
            model_.relations.push_back({{}, model_.text.add(statement.alias_of), {}});
        }
        record.name = name;
        record.dimension = dimension;
        if (is_present) registers.push_back(record);
        return;
    }
    BlockRecord inner = elaborate_block(frame, depth + 1);
    if (evaluator_.error()) return;
    std::uint64_t extent = inner.size;
    for (const RegisterRecord& record :
         std::span(model_.registers).subspan(inner.registers.first, inner.registers.count))
        extent = std::max(extent, model_.end_of(record.offset, record.dimension, bytes_of(record)));
    for (const BlockRecord& record :
         std::span(model_.blocks).subspan(inner.blocks.first, inner.blocks.count))
        extent = std::max(extent, model_.end_of(record.offset, record.dimension, record.size));
    inner.size = extent;
    inner.where[at(Fact::element)] = instance.place;
    inner.where[at(Fact::offset)] = instance.place;
    inner.offset = place_instance(instance, *around.scope, addressing,
                                  std::max<std::uint64_t>(extent, 1), 1, false, dimension, name);
    inner.name = name;
    inner.dimension = dimension;
    // A bridge shows the same from two sides.
    inner.may_overlap = around.properties.truth("bridge");
    if (is_present) blocks.push_back(inner);
}

/// Where an instance lies: where it says, or behind the one before as the mode wants it.
std::uint64_t Elaborator::place_instance(const Instance& instance, const Scope& scope,
                                         Addressing& addressing, std::uint64_t size,
                                         std::uint64_t access_bytes, bool is_register,
                                         std::uint32_t& dimension, Text& name) {
    const std::uint64_t stride =
        instance.stride != nullptr ? evaluator_.number(*instance.stride, &scope) : size;
    std::uint64_t whole = size;
    std::uint64_t step = stride;
    std::string marks;
    for (std::size_t i = instance.dimensions.size(); i-- > 0;) {
        DimensionRecord record;
        record.count = evaluator_.number(*instance.dimensions[i], &scope);
        record.stride = step;
        record.inner = dimension;
        const auto distance = record.count == 0 ? std::nullopt : multiply(record.count - 1, step);
        const auto next = multiply(record.count, step);
        const auto sum = distance ? add(*distance, whole) : std::nullopt;
        if (!sum || !next) {
            evaluator_.fail(ErrorCode::protocol, instance.place,
                            "array " + in_quotes(instance.name) +
                                " has no elements, or reaches beyond 64-bit addresses");
            return 0;
        }
        whole = *sum;
        step = *next;
        dimension = static_cast<std::uint32_t>(model_.dimensions.size());
        model_.dimensions.push_back(record);
        marks += "[%s]";
    }
    if (!marks.empty()) name = model_.text.add(std::string(instance.name) + marks);
    std::uint64_t alignment = addressing.alignment;
    if (addressing.mode == Addressing::Mode::compact)
        alignment = std::max(alignment, is_register ? access_bytes : 1);
    else if (addressing.mode == Addressing::Mode::fullalign)
        alignment = std::max(alignment, power_of_two(whole));
    else
        alignment = std::max(alignment, power_of_two(size));
    if (instance.alignment != nullptr)
        alignment = std::max<std::uint64_t>(evaluator_.number(*instance.alignment, &scope), 1);
    const std::uint64_t offset = instance.address != nullptr
                                     ? evaluator_.number(*instance.address, &scope)
                                     : aligned(addressing.next, alignment);
    const auto end = add(offset, whole);
    if (!end)
        evaluator_.fail(ErrorCode::protocol, instance.place,
                        in_quotes(instance.name) + " reaches beyond 64-bit addresses");
    addressing.next = std::max(addressing.next, end.value_or(0));
    return offset;
}

}  // namespace openbar::description::systemrdl
