// expects: the reset value is wider than the register
struct Small
    : openbar::Register<Small, 0x00, std::uint16_t, openbar::ResetValue<MISTAKE(0xffff, 0x10000)>> {
};
static_assert(Small::readable);
