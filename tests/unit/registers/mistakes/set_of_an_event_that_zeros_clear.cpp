// expects: a write clears the field: use clear<Field>
void mistake(const openbar::PlainRegisters& registers) {
    registers.modify<card::Events>(
        MISTAKE(openbar::clear<card::Events::Lost>, card::Events::Lost{false}));
}
