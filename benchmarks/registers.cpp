// A typed register access against the raw volatile access that it stands for, on ordinary memory:
// nothing else is as fast, so that nothing else shows a cost as clearly. On a card an access takes
// some hundred times as long. That the instructions are the same is tested in tests/codegen; this
// shows what it means in time.
#include "openbar/plain_registers.hpp"

#include "comparison.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string_view>

namespace {

struct Control : openbar::Register<Control, 0x08, std::uint32_t> {
    struct Divider : Field<23, 16> {};
    struct Enable : Flag<7> {};
};
struct Entry : openbar::RegisterArray<Entry, 0x40, 8, 16, std::uint32_t> {};

constexpr std::size_t operations = 200'000;
alignas(64) std::array<std::byte, 256> memory{};
volatile std::uint32_t sink;  // what is read must be used

template <typename Operation>
auto repeated(Operation operation) {
    return [operation] {
        for (std::size_t i = 0; i < operations; ++i) operation(i);
    };
}

volatile std::uint32_t* word(std::size_t offset) {
    return reinterpret_cast<volatile std::uint32_t*>(memory.data() + offset);
}

std::array<openbar::benchmark::Comparison, 5> measure() {
    using openbar::benchmark::compare;
    const openbar::PlainRegisters registers(memory.data());
    return {
        compare("read", operations, repeated([](std::size_t) { (void)*word(0x08); }),
                repeated([=](std::size_t) { (void)registers.read<Control>(); })),
        compare("read a field", operations,
                repeated([](std::size_t) { sink = (*word(0x08) >> 16) & 0xff; }),
                repeated([=](std::size_t) {
                    sink = registers.read<Control>().get<Control::Divider>();
                })),
        compare("write", operations,
                repeated([](std::size_t i) { *word(0x08) = static_cast<std::uint32_t>(i); }),
                repeated([=](std::size_t i) {
                    registers.write<Control>(static_cast<std::uint32_t>(i));
                })),
        compare("read, modify and write", operations,
                repeated([](std::size_t) { *word(0x08) = *word(0x08) | 0x80; }),
                repeated([=](std::size_t) { registers.modify<Control>(Control::Enable{true}); })),
        compare("read an array at a run-time index", operations,
                repeated([](std::size_t i) { (void)*word(0x40 + 8 * (i % 16)); }),
                repeated(
                    [=](std::size_t i) { (void)registers.read<Entry>(openbar::checked(i % 16)); })),
    };
}

}  // namespace

int main(int count, char** arguments) {
    const bool json = count == 2 && std::string_view(arguments[1]) == "--json";
    if (count > 1 && !json) {
        std::fputs("usage: registers_benchmark [--json]\n", stderr);
        return 2;
    }
    const auto comparisons = measure();
    openbar::benchmark::print(comparisons, json);
}
