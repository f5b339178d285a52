// expects: a zero that is written to the field does nothing: it cannot be cleared
void mistake(const openbar::PlainRegisters& registers) {
    registers.modify<card::Events>(
        MISTAKE(card::Events::Start{true}, openbar::clear<card::Events::Start>));
}
