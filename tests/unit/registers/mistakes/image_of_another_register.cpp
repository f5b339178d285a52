// expects: the value is one of another register
void mistake(const openbar::PlainRegisters& registers) {
    const openbar::Value<card::MISTAKE(Command, Control)> image;
    registers.write<card::Command>(image);
}
