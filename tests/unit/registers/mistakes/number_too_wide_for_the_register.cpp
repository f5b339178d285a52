// expects: the_number_does_not_fit_the_register
void mistake(const openbar::PlainRegisters& registers) {
    registers.write<card::Half>(MISTAKE(0xffff, 0x10000));
}
