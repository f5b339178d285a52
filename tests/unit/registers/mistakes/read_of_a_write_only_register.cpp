// expects: the register is write-only: it cannot be read
void mistake(const openbar::PlainRegisters& registers) {
    MISTAKE(registers.write<card::Command>(1), (void)registers.read<card::Command>());
}
