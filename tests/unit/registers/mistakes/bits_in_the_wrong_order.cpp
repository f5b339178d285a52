// expects: bits are given as <high, low>: the high bit comes first
struct Small : openbar::Register<Small, 0x00, std::uint16_t> {
    struct Upper : Field<MISTAKE(15, 0), 8> {};
};
