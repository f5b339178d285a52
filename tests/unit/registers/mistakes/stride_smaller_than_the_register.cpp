// expects: the registers of the array overlap
struct Table : openbar::RegisterArray<Table, 0x00, MISTAKE(4, 0), 8, std::uint32_t> {};
static_assert(Table::readable);
