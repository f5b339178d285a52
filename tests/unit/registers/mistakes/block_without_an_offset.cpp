// expects: the block is declared without an offset: reach it by at<…>(offset)
void mistake(const openbar::PlainRegisters& registers) {
    registers.MISTAKE(at<card::Capability>(0x40), block<card::Capability>())
        .write<card::Capability::Control>(5);
}
