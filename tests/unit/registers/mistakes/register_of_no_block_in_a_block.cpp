// expects: the register does not belong to this block
void mistake(const openbar::PlainRegisters& registers) {
    MISTAKE(registers, registers.block<card::Channel>(0)).write<card::Control>(5);
}
