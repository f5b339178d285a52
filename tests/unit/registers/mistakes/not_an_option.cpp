// expects: this is not an option of a register
struct Small : openbar::Register<Small, 0x00, std::uint16_t, MISTAKE(openbar::ReadOnly, int)> {};
static_assert(Small::offset == 0);
