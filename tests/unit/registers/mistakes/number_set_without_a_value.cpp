// expects: deleted
void mistake(const openbar::PlainRegisters& registers) {
    registers.write<card::Control>(MISTAKE(card::Control::Divider{1}, card::Control::Divider{}));
}
