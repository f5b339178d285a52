// expects: the register belongs to a block: reach it through that, by block<…>()
void mistake(const openbar::PlainRegisters& registers) {
    MISTAKE(registers.block<card::Channel>(0), registers).write<card::Channel::Count>(5);
}
