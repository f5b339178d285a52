// expects: a write clears a part of the field and not the rest: split it
void mistake(const openbar::PlainRegisters& registers) {
    using Field = MISTAKE(card::Events::Overrun, card::Events::Mixed);
    (void)registers.read<card::Events>().get<Field>();
}
