// expects: the function changes a copy of the image: take it by reference
void mistake(const openbar::PlainRegisters& registers) {
    registers.modify<card::Control>(
        [](MISTAKE(auto&, auto) image) { image.set(card::Control::Enable{true}); });
}
