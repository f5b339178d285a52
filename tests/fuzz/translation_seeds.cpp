// Writes inputs for translation_fuzzer to start from: a raw image and dumps with small tables.
#include "tests/unit/translation/elf_builder.hpp"
#include "tests/unit/translation/image.hpp"

#include <filesystem>
#include <fstream>
#include <string>

namespace {

using openbar::testing::ElfBuilder;
using openbar::testing::Image;

void write(const std::filesystem::path& file, std::uint8_t elf, std::uint8_t mode,
           const std::vector<std::byte>& bytes) {
    std::string choice(24, '\0');
    choice[0] = static_cast<char>(elf);
    choice[1] = static_cast<char>(mode);
    choice[2] = 7;
    choice[3] = 10;
    choice[5] = 0x10;
    std::ofstream stream(file, std::ios::binary);
    stream << choice;
    stream.write(reinterpret_cast<const char*>(bytes.data()),
                 static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) return 2;
    const std::filesystem::path folder = arguments[1];
    std::filesystem::create_directories(folder);
    Image image(0x1000);  // one page that is its own table at every level
    image.put64(0, 0, 7);
    image.put64(0, 1, 0x87);
    image.put64(0, 511, 3);
    for (std::uint8_t mode = 0; mode < 4; ++mode)
        write(folder / ("raw" + std::to_string(mode)), 0, mode, image.bytes());
    for (const bool wide : {false, true}) {
        ElfBuilder elf(wide);
        elf.qemu_processor({.cr0 = 0x80000001, .cr4 = 0x30});
        elf.load(0x2000, std::vector<std::byte>(64), 128);
        elf.load(0, image.bytes());
        write(folder / (wide ? "elf64" : "elf32"), 1, wide ? 2 : 1, elf.build());
    }
}
