// expects: options of a field are an enumeration and ReadOnly
struct Small : openbar::Register<0x00, std::uint16_t, openbar::WriteOneToClear<3>> {
    using Event = Flag<3, MISTAKE(openbar::ReadOnly, openbar::WriteOneToClear<3>)>;
};
