// expects: the field is read-only: it cannot be set
void mistake(const openbar::PlainRegisters& registers) {
    registers.write<card::Control>(MISTAKE(card::Control::Enable, card::Control::Ready){true});
}
