// expects: the field belongs to another register
void mistake(const openbar::PlainRegisters& registers) {
    using Field = MISTAKE(card::Identification::Major, card::Control::Divider);
    (void)registers.read<card::Identification>().get<Field>();
}
