// expects: the register is read-only: it cannot be modified
void mistake(const openbar::PlainRegisters& registers) {
    const auto change = [](auto& image) { image = 1; };
    MISTAKE(registers.modify<card::Control>(change),
            registers.modify<card::Identification>(change));
}
