// expects: the first parameter of a register is the register itself
struct Copied : openbar::Register<MISTAKE(Copied, card::Control), 0x08, std::uint32_t> {};
void mistake(const openbar::PlainRegisters& registers) {
    registers.write<Copied>(1);
}
