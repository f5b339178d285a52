// expects: the_index_is_past_the_end
void mistake(const openbar::PlainRegisters& registers) {
    (void)registers.read<card::Entry>(MISTAKE(7, 8));
}
