// expects: the block would refer to registers that are gone: keep them in a variable
void mistake(const openbar::PlainRegisters& registers) {
    const auto block =
        MISTAKE(registers, openbar::PlainRegisters(registers)).block<card::Channel>(0);
    block.write<card::Channel::Count>(5);
}
