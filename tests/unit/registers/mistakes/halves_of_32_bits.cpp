// expects: only a register of 64 bits has two halves
struct Split
    : openbar::Register<Split, 0x00, MISTAKE(std::uint64_t, std::uint32_t), openbar::LowHalfFirst> {
};
static_assert(Split::offset == 0);
