// expects: deleted
void mistake(const openbar::PlainRegisters& registers) {
    registers.write<card::Control>(MISTAKE(card::Control::Enable{true}, card::Control::Enable{}));
}
