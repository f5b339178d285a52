// expects: bits are given as <high, low>: the high bit comes first
struct Small : openbar::Register<0x00, std::uint16_t> {
    using Upper = Field<MISTAKE(15, 0), 8>;
};
