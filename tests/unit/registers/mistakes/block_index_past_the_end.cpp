// expects: the_index_is_past_the_end
void mistake(const openbar::PlainRegisters& registers) {
    registers.block<card::Channel>(MISTAKE(3, -1)).write<card::Channel::Count>(1);
}
