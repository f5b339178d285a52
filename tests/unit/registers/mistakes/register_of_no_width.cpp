// expects: a register is a std::uint8_t, 16_t, 32_t or 64_t
struct Small : openbar::Register<Small, 0x00, MISTAKE(std::uint32_t, int)> {};
static_assert(Small::offset == 0);
