// expects: two options claim the same bit
struct Small : openbar::Register<Small, 0x00, std::uint16_t, openbar::ReservedZero<15, 8>,
                                 openbar::WriteOneToClear<MISTAKE(7, 8), 0>> {};
static_assert(Small::readable);
