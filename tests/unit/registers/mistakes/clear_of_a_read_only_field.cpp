// expects: the field is read-only: it cannot be cleared
void mistake(const openbar::PlainRegisters& registers) {
    registers.write<card::Control>(
        openbar::clear<MISTAKE(card::Control::Enable, card::Control::Ready)>);
}
