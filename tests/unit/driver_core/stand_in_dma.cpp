// Memory that the device reaches.
#include "stand_in_kernel.hpp"
#include "stand_in_thread.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <mutex>

namespace openbar::driver::test {

using worst_case::Switch;

Status StandInKernel::allocate_common(std::uint64_t length, CommonBuffer& buffer) {
    slow("allocate_common");
    if (fails("allocate_common") || worst.is(Switch::common_buffers_refused))
        return Status::no_memory;
    auto* memory = static_cast<std::uint8_t*>(std::aligned_alloc(4096, length));
    std::memset(memory, 0xa5, length);  // stale bytes of somebody else's
    ++common_buffers_;
    std::lock_guard guard(ledger_);
    const std::uint64_t iova = 0x100000 + (next_handle_++ << 16);
    dma_[iova] = {memory, length};
    buffer = {memory, iova, length};
    return Status::ok;
}

void StandInKernel::free_common(const CommonBuffer& buffer) {
    slow("free_common");
    if (before_free) before_free();
    std::lock_guard guard(ledger_);
    if (dma_.erase(buffer.iova) == 0) {
        violations_ += "freed a common buffer twice\n";
        return;
    }
    --common_buffers_;
    std::free(buffer.address);
}

Status StandInKernel::pin(std::uint64_t address, std::uint64_t length, bool, PinnedPages& pages) {
    for_ever("pin");
    if (fails("pin")) return Status::fault;
    if (address + (length - 1) > kernel_facts.highest_user_address)
        violation("pinned no user memory");
    if (worst.is(Switch::page_in_never_ends) && Turns::here() != nullptr)
        wait_in_turn(
            "pages from a drive that does not answer", [&] { return page_ins_end.load(); },
            [] { return nullptr; });
    if (worst.happens(Switch::user_memory_vanishes, 2)) return Status::fault;
    if (worst.is(Switch::io_space_offered)) return Status::fault;
    if (address < 0x1000) return Status::fault;
    const auto count = static_cast<std::uint32_t>((address % 4096 + length + 4095) / 4096);
    const bool scarce = worst.is(Switch::registers_few) || worst.is(Switch::registers_late) ||
                        worst.is(Switch::registers_after_others);
    const std::uint32_t needed = scarce || worst.is(Switch::pages_bounced) ? count : 0;
    std::lock_guard guard(ledger_);
    if (worst.is(Switch::registers_few) && needed > most_registers) return Status::limit;
    if (registers_held_ + needed > most_registers && scarce) return Status::no_memory;
    if (worst.happens(Switch::registers_late, 2)) return Status::no_memory;
    if (worst.is(Switch::registers_after_others) && registers_held_ != 0) return Status::no_memory;
    ++pins_;
    registers_held_ += needed;
    pages.handle = reinterpret_cast<void*>(next_handle_++);
    pages.segments = count;
    pages.copied = worst.is(Switch::pages_bounced);
    pinned_[pages.handle] = {current, address, length, needed};
    return Status::ok;
}

Segment StandInKernel::segment(const PinnedPages& pages, std::uint32_t index) {
    std::lock_guard guard(ledger_);
    const Pinned& range = pinned_.at(pages.handle);
    const std::uint64_t first = range.address;
    const std::uint64_t start = index == 0 ? first : (first / 4096 + index) * 4096;
    const std::uint64_t end = std::min((first / 4096 + index + 1) * 4096, first + range.length);
    // No address of the processor's means anything to the device then.
    const std::uint64_t remapped = worst.is(Switch::addresses_remapped) ? 0x5'0000'0000 : 0;
    return {start + remapped, end - start};
}

void StandInKernel::unpin(const PinnedPages& pages) {
    slow("unpin");
    if (before_free) before_free();
    std::lock_guard guard(ledger_);
    const auto found = pinned_.find(pages.handle);
    if (found == pinned_.end()) {
        violations_ += "unpinned what is not pinned\n";
        return;
    }
    if (found->second.owner->ended) violations_ += "a process ended with locked pages (0x76)\n";
    registers_held_ -= found->second.registers;
    pinned_.erase(found);
    --pins_;
}

std::uint8_t* StandInKernel::memory_at(std::uint64_t iova, std::uint64_t length) {
    std::lock_guard guard(ledger_);
    for (const auto& [start, buffer] : dma_)
        if (iova >= start && iova - start < buffer.second &&
            buffer.second - (iova - start) >= length)
            return buffer.first + (iova - start);
    return nullptr;
}

}  // namespace openbar::driver::test
