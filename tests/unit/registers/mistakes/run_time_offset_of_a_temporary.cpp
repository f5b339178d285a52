// expects: the block would refer to registers that are gone: keep them in a variable
void mistake(const openbar::PlainRegisters& registers) {
    const auto doorbells = MISTAKE(registers, openbar::PlainRegisters(registers)).at(0x1000);
    doorbells.write<card::Control>(5);
}
