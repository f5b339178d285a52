// Arm Architecture Reference Manual for A-profile (DDI 0487), chapter D8: the VMSAv8-64 translation
// table format descriptors (D8.3) and memory access control (D8.4).
#include "translation/arm64_walk.hpp"

#include "base/failure.hpp"

#include <fmt/format.h>

namespace openbar {
namespace {

constexpr std::uint64_t one_bit(unsigned number) {
    return std::uint64_t{1} << number;
}
constexpr std::uint64_t below(unsigned number) {
    return one_bit(number) - 1;
}

namespace descriptor {
constexpr std::uint64_t valid = one_bit(0);
constexpr std::uint64_t table = one_bit(1);      // at level 3: a page
constexpr std::uint64_t user = one_bit(6);       // AP[1]
constexpr std::uint64_t read_only = one_bit(7);  // AP[2]
constexpr std::uint64_t accessed = one_bit(10);
constexpr std::uint64_t not_global = one_bit(11);
constexpr std::uint64_t dirty_management = one_bit(51);
constexpr std::uint64_t no_execute_of_kernel = one_bit(53);
constexpr std::uint64_t no_execute_of_user = one_bit(54);
// What a table forbids for everything below it.
constexpr std::uint64_t table_no_execute_of_kernel = one_bit(59);
constexpr std::uint64_t table_no_execute_of_user = one_bit(60);
constexpr std::uint64_t table_no_user = one_bit(61);
constexpr std::uint64_t table_read_only = one_bit(62);
}  // namespace descriptor

constexpr unsigned last_level = 3;

PagingLevel level_of(unsigned level) {
    return static_cast<PagingLevel>(static_cast<unsigned>(PagingLevel::l0) + level);
}

}  // namespace

Arm64Rules::Arm64Rules(const Paging& paging) noexcept
    : granule_bits(paging.mode == PagingMode::arm64_4k    ? 12
                   : paging.mode == PagingMode::arm64_16k ? 14
                                                          : 16),
      virtual_bits(paging.virtual_bits) {}

std::uint64_t Arm64Rules::address_in(std::uint64_t descriptor, unsigned lowest) const noexcept {
    const std::uint64_t low = descriptor & below(48) & ~below(lowest);
    return granule_bits == 16 ? low | ((descriptor >> 12 & 0xf) << 48) : low;
}

std::uint64_t Arm64Rules::table_of(std::uint64_t ttbr) const noexcept {
    const std::uint64_t low = ttbr & below(48) & ~below(granule_bits == 16 ? 6 : 1);
    return granule_bits == 16 ? low | ((ttbr >> 2 & 0xf) << 48) : low;
}

Result<void> check_arm64(const Paging& paging) {
    const Arm64Rules rules(paging);
    const unsigned most = rules.granule_bits == 16 ? 52 : 48;
    if (paging.virtual_bits >= 25 && paging.virtual_bits <= most &&
        paging.virtual_bits > rules.granule_bits)
        return {};
    return failure(ErrorCode::invalid_argument,
                   fmt::format("virtual addresses of {} bits are not walked with this granule",
                               paging.virtual_bits),
                   fmt::format("give 25 to {}: 64 - TCR_EL1.T0SZ or T1SZ", most));
}

/// The steps of one address, into a Translation.
class Arm64Walk {
public:
    Arm64Walk(const PhysicalMemory& memory, const Paging& paging, Translation& result)
        : memory_(memory), paging_(paging), rules_(paging), result_(result) {}

    void run() {
        const std::uint64_t upper = result_.address >> rules_.virtual_bits;
        kernel_ = upper != 0;
        if (kernel_ && upper != UINT64_MAX >> rules_.virtual_bits) {
            result_.outcome = TranslationOutcome::not_canonical;
            return;
        }
        result_.writable = result_.user = result_.executable = true;
        result_.outcome = walk(rules_.table_of(kernel_ ? paging_.ttbr1 : paging_.cr3));
        if (result_.outcome != TranslationOutcome::mapped)
            result_.writable = result_.user = result_.executable = false;
    }

private:
    TranslationOutcome walk(std::uint64_t table) {
        for (unsigned level = rules_.start_level();; ++level) {
            TranslationStep& step = result_.steps_[result_.count_++];
            step.level = level_of(level);
            step.index = static_cast<std::uint16_t>(rules_.index(level, result_.address));
            step.entry_address = table + 8U * step.index;
            step.readable = memory_.read(step.entry_address, step.entry);
            if (!step.readable) return TranslationOutcome::outside_memory;
            step.present = (step.entry & descriptor::valid) != 0;
            if (!step.present) return TranslationOutcome::not_present;
            const bool is_table = (step.entry & descriptor::table) != 0;
            step.leaf = level == last_level || !is_table;
            if (step.leaf && !is_block_or_page(level, is_table)) {
                step.reserved_bits = descriptor::table;
                return TranslationOutcome::reserved_bits;
            }
            read_flags(step);
            if (step.leaf) {
                describe_page(step, level);
                return TranslationOutcome::mapped;
            }
            table = rules_.address_in(step.entry, rules_.granule_bits);
        }
    }

    [[nodiscard]] bool is_block_or_page(unsigned level, bool is_table) const {
        return level == last_level ? is_table : rules_.may_be_block(level);
    }

    void read_flags(TranslationStep& step) {
        const auto set = [&](std::uint64_t flag) { return (step.entry & flag) != 0; };
        if (step.leaf) {
            // With dirty-state management, hardware clears "read-only" at the first write.
            step.writable = !set(descriptor::read_only) || set(descriptor::dirty_management);
            step.dirty = !set(descriptor::read_only) && set(descriptor::dirty_management);
            step.user = set(descriptor::user);
            step.executable =
                !set(kernel_ ? descriptor::no_execute_of_kernel : descriptor::no_execute_of_user);
            step.accessed = set(descriptor::accessed);
            step.global = !set(descriptor::not_global);
        } else {
            step.writable = !set(descriptor::table_read_only);
            step.user = !set(descriptor::table_no_user);
            step.executable = !set(kernel_ ? descriptor::table_no_execute_of_kernel
                                           : descriptor::table_no_execute_of_user);
        }
        result_.writable &= step.writable;
        result_.user &= step.user;
        result_.executable &= step.executable;
    }

    void describe_page(const TranslationStep& leaf, unsigned level) {
        const unsigned shift = rules_.shift(level);
        result_.physical = rules_.address_in(leaf.entry, shift) | (result_.address & below(shift));
        result_.page_size = one_bit(shift);
        result_.page_in_memory = memory_.at(result_.physical, 1) != nullptr;
        result_.global = leaf.global;
        result_.dirty = leaf.dirty;
        result_.pat_index = static_cast<std::uint8_t>(leaf.entry >> 2 & 7);
    }

    const PhysicalMemory& memory_;
    const Paging& paging_;
    Arm64Rules rules_;
    Translation& result_;
    bool kernel_ = false;
};

void walk_arm64(const PhysicalMemory& memory, const Paging& paging, Translation& result) {
    Arm64Walk(memory, paging, result).run();
}

}  // namespace openbar
