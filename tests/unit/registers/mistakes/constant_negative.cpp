// expects: the constant does not fit the field
void mistake(const openbar::PlainRegisters& registers) {
    openbar::Value<card::Control> image;
    image.set<card::Control::Divider, MISTAKE(1, -1)>();
    registers.write<card::Control>(image);
}
