// expects: the register's offset is not a multiple of its width
struct Small : openbar::Register<Small, MISTAKE(0x04, 0x02), std::uint32_t> {};
static_assert(Small::readable);
