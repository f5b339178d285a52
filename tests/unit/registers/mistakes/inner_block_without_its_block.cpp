// expects: the block is not part of this one
void mistake(const openbar::PlainRegisters& registers) {
    MISTAKE(registers.block<card::Channel>(0), registers)
        .block<card::Channel::Lane>(1)
        .write<card::Channel::Lane::Level>(5);
}
