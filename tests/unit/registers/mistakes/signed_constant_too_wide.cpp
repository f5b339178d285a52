// expects: the_value_does_not_fit_the_field
void mistake(const openbar::PlainRegisters& registers) {
    registers.modify<card::Events>(card::Events::Offset{MISTAKE(-4, -5)});
}
