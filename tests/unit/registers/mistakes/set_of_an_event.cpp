// expects: a write clears the field: use clear<Field>, which writes what clears it
void mistake(const openbar::PlainRegisters& registers) {
    registers.modify<card::Events>(
        MISTAKE(openbar::clear<card::Events::Overrun>, card::Events::Overrun{true}));
}
