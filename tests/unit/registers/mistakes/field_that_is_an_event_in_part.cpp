// expects: the field is write-1-to-clear in part: split it
void mistake(const openbar::PlainRegisters& registers) {
    using Field = MISTAKE(card::Events::Overrun, card::Events::Mixed);
    (void)registers.read<card::Events>().get<Field>();
}
