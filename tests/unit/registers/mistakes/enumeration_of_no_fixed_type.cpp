// expects: give the enumeration an underlying type
struct Small : openbar::Register<Small, 0x00, std::uint16_t> {
    struct Rate : Field<1, 0, MISTAKE(card::Speed, card::Loose)> {};
};
