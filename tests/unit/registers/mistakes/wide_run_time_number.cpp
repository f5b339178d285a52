// expects: consteval-or-constant
void mistake(const openbar::PlainRegisters& registers, std::uint64_t number) {
    registers.write<card::Entry>(0, MISTAKE(openbar::checked(number), number));
}
