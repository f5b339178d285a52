// expects: the constant is not of the field's enumeration
void mistake(const openbar::PlainRegisters& registers) {
    openbar::Value<card::Control> image;
    image.set<card::Control::Rate, MISTAKE(card::Speed::fast, card::Colour::red)>();
    registers.write<card::Control>(image);
}
