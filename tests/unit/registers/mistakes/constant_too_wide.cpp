// expects: the constant does not fit the field
void mistake(const openbar::PlainRegisters& registers) {
    openbar::Value<card::Control> image;
    image.set<card::Control::Divider, MISTAKE(255, 256)>();
    registers.write<card::Control>(image);
}
