// expects: the block has a fixed offset: reach it by block<…>()
void mistake(const openbar::PlainRegisters& registers) {
    registers.MISTAKE(block<card::Channel>(0), at<card::Channel>(0x40))
        .write<card::Channel::Count>(5);
}
