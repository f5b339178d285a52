// expects: there are several of the block: name one by its index
void mistake(const openbar::PlainRegisters& registers) {
    registers.block<card::Channel>(MISTAKE(0, )).write<card::Channel::Count>(5);
}
