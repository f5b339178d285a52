// expects: index past the end of the register array
void mistake(const openbar::PlainRegisters& registers) {
    (void)registers.read(openbar::element<card::Entry, MISTAKE(7, 8)>());
}
