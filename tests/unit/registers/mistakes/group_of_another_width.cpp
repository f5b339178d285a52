// expects: the group that declares the field is of another width than the register
struct Events : openbar::FieldGroup<Events, MISTAKE(std::uint32_t, std::uint16_t)> {
    struct LinkChanged : Flag<2> {};
};
struct Mask : openbar::Register<Mask, 0x00, std::uint32_t>, Events {};
void mistake(const openbar::PlainRegisters& registers) {
    registers.write<Mask>(Events::LinkChanged{true});
}
