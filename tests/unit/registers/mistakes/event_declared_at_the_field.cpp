// expects: options of a field are an enumeration, Signed and ReadOnly
struct Small : openbar::Register<Small, 0x00, std::uint16_t, openbar::WriteOneToClear<3>> {
    struct Event : Flag<3, MISTAKE(openbar::ReadOnly, openbar::WriteOneToClear<3>)> {};
};
