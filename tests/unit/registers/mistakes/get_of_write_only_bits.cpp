// expects: the field is write-only: what is read there is meaningless
void mistake(const openbar::PlainRegisters& registers) {
    using Field = MISTAKE(card::Events::Overrun, card::Events::Ring);
    (void)registers.read<card::Events>().get<Field>();
}
