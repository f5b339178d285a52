// expects: the field covers bits that the register declares reserved
void mistake(const openbar::PlainRegisters& registers) {
    using Field = MISTAKE(card::Control::Enable, card::Control::Reserved);
    registers.write<card::Control>(Field{true});
}
