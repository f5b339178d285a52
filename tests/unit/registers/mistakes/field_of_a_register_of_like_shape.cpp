// expects: the field belongs to another register
void mistake(const openbar::PlainRegisters& registers) {
    registers.block<card::Channel>(0).modify<card::Channel::Count>(
        MISTAKE(card::Channel::Count::Enable, card::OtherChannel::Count::Enable){true});
}
