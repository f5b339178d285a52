// expects: the_value_does_not_fit_the_field
void mistake(const openbar::PlainRegisters& registers) {
    registers.write<card::Control>(card::Control::Divider{MISTAKE(1, -1)});
}
