// expects: reading the register has effects: it cannot be modified, only written
void mistake(const openbar::PlainRegisters& registers) {
    const auto done = card::Causes::Done{true};
    MISTAKE(registers.write<card::Causes>(done), registers.modify<card::Causes>(done));
}
