// expects: two of the fields have a bit in common
void mistake(const openbar::PlainRegisters& registers) {
    registers.modify<card::Control>(card::Control::Enable{true},
                                    card::Control::MISTAKE(Divider, Enable){MISTAKE(4, false)});
}
