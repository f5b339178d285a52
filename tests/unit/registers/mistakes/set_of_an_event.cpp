// expects: a write clears the field: use clear<Field>
void mistake(const openbar::PlainRegisters& registers) {
    registers.modify<card::Events>(
        MISTAKE(openbar::clear<card::Events::Overrun>, card::Events::Overrun{true}));
}
