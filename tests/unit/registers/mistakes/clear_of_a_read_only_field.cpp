// expects: the field is read-only: it cannot be cleared
void mistake(const openbar::PlainRegisters& registers) {
    registers.write<card::Control>(
        [](auto& image) { image.clear(MISTAKE(card::Control::Enable{}, card::Control::Ready{})); });
}
