// expects: set without a value is for flags: say what to set the field to
void mistake(const openbar::PlainRegisters& registers) {
    registers.write<card::Control>(
        [](auto& image) { image.set(MISTAKE(card::Control::Enable{}, card::Control::Divider{})); });
}
