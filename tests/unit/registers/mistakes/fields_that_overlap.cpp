// expects: two of the fields have a bit in common
void mistake(const openbar::PlainRegisters& registers) {
    registers.write<card::Control>(
        card::Control::Rate{card::Speed::fast},
        card::Control::MISTAKE(Enable, Overlapping){MISTAKE(true, card::Speed::fast)});
}
