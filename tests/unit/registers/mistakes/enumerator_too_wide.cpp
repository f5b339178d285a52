// expects: the constant does not fit the field
void mistake(const openbar::PlainRegisters& registers) {
    openbar::Value<card::Control> image;
    image.set<card::Control::Rate, static_cast<card::Speed>(MISTAKE(3, 4))>();
    registers.write<card::Control>(image);
}
