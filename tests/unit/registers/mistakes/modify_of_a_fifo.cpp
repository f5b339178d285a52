// expects: reading the register has effects: it cannot be modified, only written
void mistake(const openbar::PlainRegisters& registers) {
    const auto change = [](auto& image) { image = 1; };
    MISTAKE(registers.write<card::Fifo>(1), registers.modify<card::Fifo>(change));
}
