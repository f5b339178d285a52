// expects: the field is read-only: it cannot be set
void mistake(const openbar::PlainRegisters& registers) {
    registers.write<card::Control>(
        [](auto& image) { image.set(MISTAKE(card::Control::Enable{}, card::Control::Ready{})); });
}
