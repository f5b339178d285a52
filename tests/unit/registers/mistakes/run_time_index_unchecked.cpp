// expects: consteval-or-constant
void mistake(const openbar::PlainRegisters& registers, unsigned index) {
    registers.write<card::Entry>(MISTAKE(openbar::checked(index), index), 1);
}
