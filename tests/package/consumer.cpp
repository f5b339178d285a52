// What a project that uses openbar might do first: it needs the library, its back ends, what they
// link and, by translation.hpp, a component.
#include <cstdint>
#include <cstdio>
#include <openbar/openbar.hpp>
#include <openbar/translation.hpp>

namespace {
/// Reads as the complement of what was written: QEMU's docs/specs/edu.rst.
struct Liveness : openbar::Register<Liveness, 0x04, std::uint32_t> {};
}  // namespace

int main() {
    const auto device = openbar::Device::open("sim:edu");
    if (!device) {
        std::fprintf(stderr, "%s\n", device.error().message().c_str());
        return 1;
    }
    const auto registers = device->registers(0);
    if (!registers) return 1;
    registers->write<Liveness>(0x12345678);
    const auto answer = registers->read<Liveness>();
    if (!openbar::paging_mode_named("4-level")) return 1;
    std::printf("edu answers %#x to 0x12345678\n", static_cast<unsigned>(answer.value()));
}
