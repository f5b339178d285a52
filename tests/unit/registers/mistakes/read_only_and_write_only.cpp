// expects: a register cannot be both read-only and write-only
struct Small : openbar::Register<Small, 0x00, std::uint16_t, openbar::ReadOnly,
                                 MISTAKE(openbar::BigEndian, openbar::WriteOnly)> {};
static_assert(Small::offset == 0);
