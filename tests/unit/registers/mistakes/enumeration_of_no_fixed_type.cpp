// expects: give the enumeration an underlying type
struct Small : openbar::Register<0x00, std::uint16_t> {
    using Rate = Field<1, 0, MISTAKE(card::Speed, card::Loose)>;
};
