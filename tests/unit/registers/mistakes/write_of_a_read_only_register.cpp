// expects: the register is read-only: it cannot be written
void mistake(const openbar::PlainRegisters& registers) {
    MISTAKE((void)registers.read<card::Identification>(), registers.write<card::Identification>(1));
}
