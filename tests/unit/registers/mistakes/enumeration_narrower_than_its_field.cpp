// expects: the enumeration's underlying type is narrower than the field
struct Small : openbar::Register<0x00, std::uint16_t> {
    using Rate = Field<MISTAKE(7, 8), 0, card::Speed>;
};
