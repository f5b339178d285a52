// expects: the register lists a field of another register
struct Listed : openbar::Register<Listed, 0x00, std::uint32_t> {
    struct Mine : Flag<0> {};
    using Fields = openbar::FieldList<MISTAKE(Mine, card::Control::Enable)>;
};
static_assert(openbar::fields_of<Listed>().size() == 1);
