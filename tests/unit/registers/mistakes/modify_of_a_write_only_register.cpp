// expects: the register is write-only: it cannot be modified, only written
void mistake(const openbar::PlainRegisters& registers) {
    const auto change = card::Command::Go{true};
    MISTAKE(registers.write<card::Command>(change), registers.modify<card::Command>(change));
}
