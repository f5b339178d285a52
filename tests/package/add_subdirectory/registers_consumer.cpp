// Registers on its memory, and the part of the library that is not in headers: waiting.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <openbar/plain_registers.hpp>

namespace {
struct Status : openbar::Register<Status, 0x04, std::uint32_t> {
    struct Ready : Flag<0> {};
};
}  // namespace

int main() {
    alignas(8) std::byte memory[8]{};
    const openbar::PlainRegisters registers(memory);
    registers.write<Status>(0x1);
    using namespace std::chrono_literals;
    const auto ready = registers.wait_until<Status>(Status::Ready{true}, 1s);
    std::printf("the register is %s\n", ready ? "ready" : "not ready");
}
