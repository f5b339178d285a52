// expects: the register does not belong to this block
void mistake(const openbar::PlainRegisters& registers) {
    registers.block<MISTAKE(card::Channel, card::OtherChannel)>(0).write<card::Channel::Count>(5);
}
