// expects: an option names bits past the register's width
struct Small
    : openbar::Register<Small, 0x00, std::uint16_t, openbar::ReservedZero<MISTAKE(15, 16)>> {};
static_assert(Small::readable);
