// The pool, with an eye on it: what is written beyond its end, freed twice, written after it was
// freed, or never freed.
#include "tests/wine/stand_ins/kernel_rules.hpp"

namespace openbar::stand_in {
namespace {

constexpr ULONG in_use = 0x6f62616c;
constexpr ULONG freed = 0x64616564;
constexpr UCHAR guard_byte = 0xa5;
constexpr UCHAR freed_byte = 0xdd;
constexpr SIZE_T guard_length = 16;
/// So many freed blocks are kept, so that whoever still uses one finds nothing that works.
constexpr ULONG most_kept = 2048;

struct alignas(16) Block {
    Block* next;
    Block* previous;
    SIZE_T length;
    ULONG tag;
    ULONG state;

    UCHAR* data() { return reinterpret_cast<UCHAR*>(this + 1); }
};

Block* first = nullptr;
Block* kept[most_kept];
ULONG next_kept = 0;
volatile LONG busy = 0;

class Guard {
public:
    Guard() {
        while (InterlockedCompareExchange(&busy, 1, 0) != 0) YieldProcessor();
    }
    ~Guard() { InterlockedExchange(&busy, 0); }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
};

bool all_are(const UCHAR* bytes, SIZE_T length, UCHAR value) {
    for (SIZE_T index = 0; index < length; ++index)
        if (bytes[index] != value) return false;
    return true;
}

void* take_from_kernel(SIZE_T length) {
    using Allocate = PVOID(NTAPI*)(POOL_TYPE, SIZE_T, ULONG);
    return kernels<Allocate>("ExAllocatePoolWithTag")(NonPagedPool, length, 'looP');
}

/// Puts the block where it is kept; what was there longest goes back to the kernel.
void keep(Block* block) {
    Block* oldest = nullptr;
    {
        Guard guard;
        oldest = kept[next_kept];
        kept[next_kept] = block;
        next_kept = (next_kept + 1) % most_kept;
    }
    if (oldest == nullptr) return;
    if (!all_are(oldest->data(), oldest->length, freed_byte))
        hardware_complain("ExFreePool", "written to after it was freed, tag", oldest->tag);
    kernels<void(NTAPI*)(void*)>("ExFreePool")(oldest);
}

PVOID NTAPI allocate_pool(POOL_TYPE type, SIZE_T length, ULONG tag) {
    require_at_most(DISPATCH_LEVEL, "ExAllocatePoolWithTag");
    if (has_no_memory()) return nullptr;
    if (type != expected_pool())
        hardware_complain("ExAllocatePoolWithTag",
                          is_old_kernel() ? "of a kind that this kernel has not, tag"
                                          : "of executable memory, tag",
                          tag);
    auto* block = static_cast<Block*>(take_from_kernel(sizeof(Block) + length + guard_length));
    if (block == nullptr) return nullptr;
    block->length = length;
    block->tag = tag;
    block->state = in_use;
    RtlFillMemory(block->data(), length, freed_byte);  // nobody may count on zeros
    RtlFillMemory(block->data() + length, guard_length, guard_byte);
    InterlockedIncrement(&pool_blocks);
    Guard guard;
    block->previous = nullptr;
    block->next = first;
    if (first != nullptr) first->previous = block;
    first = block;
    return block->data();
}

void NTAPI free_pool(void* memory) {
    require_at_most(DISPATCH_LEVEL, "ExFreePool");
    Block* block = static_cast<Block*>(memory) - 1;
    if (block->state == freed) return hardware_complain("ExFreePool", "twice, tag", block->tag);
    if (block->state != in_use)
        return hardware_complain("ExFreePool", "of what is no pool block, state", block->state);
    if (!all_are(block->data() + block->length, guard_length, guard_byte))
        hardware_complain("ExFreePool", "written to beyond its end, tag", block->tag);
    {
        Guard guard;
        (block->previous != nullptr ? block->previous->next : first) = block->next;
        if (block->next != nullptr) block->next->previous = block->previous;
        block->state = freed;
    }
    InterlockedDecrement(&pool_blocks);
    RtlFillMemory(block->data(), block->length, freed_byte);
    keep(block);
}

}  // namespace

volatile LONG pool_blocks = 0;

void complain_of_pool_blocks() {
    for (Block* block = first; block != nullptr; block = block->next)
        hardware_complain("ExAllocatePoolWithTag", "never freed, tag", block->tag);
    for (Block* block : kept)
        if (block != nullptr && !all_are(block->data(), block->length, freed_byte))
            hardware_complain("ExFreePool", "written to after it was freed, tag", block->tag);
}

}  // namespace openbar::stand_in

OPENBAR_STANDS_IN(ExAllocatePoolWithTag, openbar::stand_in::allocate_pool)
OPENBAR_STANDS_IN(ExFreePool, openbar::stand_in::free_pool)
