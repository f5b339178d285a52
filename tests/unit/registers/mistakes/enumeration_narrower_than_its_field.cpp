// expects: the enumeration's underlying type is narrower than the field
struct Small : openbar::Register<Small, 0x00, std::uint16_t> {
    struct Rate : Field<MISTAKE(7, 8), 0, card::Speed> {};
};
