// expects: the field lies outside the register: its high bit is past the register's width
struct Small : openbar::Register<Small, 0x00, std::uint16_t> {
    struct Upper : Field<MISTAKE(15, 16), 8> {};
};
