// expects: the function changes a copy of the image: take it by reference, as auto&
void mistake(const openbar::PlainRegisters& registers) {
    registers.write<card::Control>(
        [](MISTAKE(auto&, auto) image) { image.set(card::Control::Enable{}); });
}
