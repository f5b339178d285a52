// expects: the value is not of the field's enumeration
void mistake(const openbar::PlainRegisters& registers) {
    registers.write<card::Control>(
        card::Control::Rate{MISTAKE(card::Speed::fast, card::Colour::red)});
}
