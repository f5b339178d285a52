// expects: consteval-or-constant
void mistake(const openbar::PlainRegisters& registers, unsigned number) {
    registers.write<card::Control>(
        card::Control::Divider{MISTAKE(openbar::checked(number), number)});
}
