// expects: the field belongs to another register
void mistake(const openbar::PlainRegisters& registers) {
    registers.modify<card::OnRead>(MISTAKE(card::OnRead::Level, card::OnWrite::Level){1});
}
