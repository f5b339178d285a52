// expects: the field is write-only: it reads as a meaningless value
void mistake(const openbar::PlainRegisters& registers) {
    using Field = MISTAKE(card::Events::Overrun, card::Events::Ring);
    (void)registers.read<card::Events>().get<Field>();
}
