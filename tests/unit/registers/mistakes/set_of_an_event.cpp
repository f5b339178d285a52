// expects: the field is write-1-to-clear: say clear, which writes the ones
void mistake(const openbar::PlainRegisters& registers) {
    registers.modify<card::Events>(
        [](auto& image) { image.MISTAKE(clear, set)(card::Events::Overrun{}); });
}
