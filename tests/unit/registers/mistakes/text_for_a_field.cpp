// expects: the value is not a number
void mistake(const openbar::PlainRegisters& registers) {
    registers.write<card::Control>(card::Control::Divider{MISTAKE(1, "1")});
}
