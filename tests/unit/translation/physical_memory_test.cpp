#include "openbar/physical_memory.hpp"

#include "elf_builder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace openbar {
namespace {

using ::testing::ElementsAre;
using testing::ElfBuilder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::byte> filled(std::size_t size, int value) {
    return std::vector<std::byte>(size, std::byte(value));
}

std::uint8_t byte_at(const PhysicalMemory& memory, std::uint64_t address) {
    std::uint8_t value = 0;
    EXPECT_TRUE(memory.read(address, value)) << std::hex << address;
    return value;
}

Error error_of(std::span<const std::byte> bytes) {
    const auto memory = PhysicalMemory::from_elf(bytes, "test.dump");
    EXPECT_FALSE(memory) << "it was read";
    return memory ? Error{} : memory.error();
}

TEST(PhysicalMemory, a_raw_image_is_read_from_its_base_to_its_end) {
    const auto bytes = filled(0x1000, 7);
    const auto memory = PhysicalMemory::from_raw(bytes, 0x8000).value();
    std::uint32_t value = 1;
    EXPECT_TRUE(memory.read(0x8ffc, value));
    EXPECT_EQ(value, 0x07070707U);
    value = 1;
    EXPECT_FALSE(memory.read(0x8ffd, value));
    EXPECT_FALSE(memory.read(0x7fff, value));
    EXPECT_FALSE(memory.read(UINT64_MAX, value));
    EXPECT_EQ(value, 1U) << "a failed read leaves the value alone";
    EXPECT_THAT(memory.ranges(), ElementsAre(PhysicalRange{0x8000, 0x1000}));
}

TEST(PhysicalMemory, an_image_reaches_to_the_very_end_and_not_beyond) {
    const auto bytes = filled(0x1000, 7);
    const auto memory = PhysicalMemory::from_raw(bytes, UINT64_MAX - 0xfff).value();
    EXPECT_EQ(byte_at(memory, UINT64_MAX), 7);
    EXPECT_EQ(PhysicalMemory::from_raw(bytes, UINT64_MAX - 0xffe).error().code,
              ErrorCode::out_of_range);
    EXPECT_EQ(PhysicalMemory::from_raw({}).error().code, ErrorCode::invalid_argument);
}

TEST(PhysicalMemory, a_dump_has_its_segments_at_their_physical_addresses) {
    for (const bool wide : {false, true}) {
        ElfBuilder elf(wide);
        elf.load(0x100000, filled(0x2000, 2));
        elf.load(0, filled(0x1000, 1));
        const auto bytes = elf.build();
        const auto memory = PhysicalMemory::from_elf(bytes).value();
        EXPECT_THAT(memory.ranges(),
                    ElementsAre(PhysicalRange{0, 0x1000}, PhysicalRange{0x100000, 0x2000}));
        EXPECT_EQ(byte_at(memory, 0xfff), 1);
        EXPECT_EQ(byte_at(memory, 0x101fff), 2);
        EXPECT_EQ(memory.at(0x1000, 1), nullptr);
        EXPECT_THAT(memory.missing(), IsEmpty());
    }
}

TEST(PhysicalMemory, segments_that_overlap_have_each_address_once) {
    ElfBuilder elf;
    elf.load(0x1000, filled(0x2000, 1));
    elf.load(0x1000, filled(0x2000, 1));
    elf.load(0x2000, filled(0x2000, 1));
    elf.load(0x2800, filled(0x100, 1));
    const auto bytes = elf.build();
    const auto memory = PhysicalMemory::from_elf(bytes).value();
    EXPECT_THAT(memory.ranges(),
                ElementsAre(PhysicalRange{0x1000, 0x2000}, PhysicalRange{0x3000, 0x1000}));
    EXPECT_EQ(byte_at(memory, 0x3fff), 1);
}

TEST(PhysicalMemory, what_was_cut_off_is_told_and_the_rest_is_read) {
    ElfBuilder elf;
    elf.load(0, filled(0x1000, 1));
    elf.load(0x10000, filled(0x1000, 2));
    elf.load(0x20000, filled(0x10, 3), 0x30);  // announced and left out by whoever dumped
    auto bytes = elf.build();
    bytes.resize(bytes.size() - 0x810);
    const auto memory = PhysicalMemory::from_elf(bytes).value();
    EXPECT_EQ(byte_at(memory, 0x107ff), 2);
    EXPECT_EQ(memory.at(0x10800, 1), nullptr);
    EXPECT_THAT(memory.missing(),
                ElementsAre(PhysicalRange{0x10800, 0x800}, PhysicalRange{0x20000, 0x30}));
}

TEST(PhysicalMemory, headers_cut_off_anywhere_are_an_error) {
    ElfBuilder elf;
    elf.load(0, filled(0x40, 1));
    const auto bytes = elf.build();
    for (std::size_t length = 0; length < elf.headers_end(); ++length) {
        const Error error = error_of(std::span(bytes).first(length));
        ASSERT_EQ(error.code, ErrorCode::protocol) << length;
    }
}

TEST(PhysicalMemory, the_processors_of_a_qemu_dump_are_read) {
    ElfBuilder elf;
    elf.qemu_processor({.cr0 = 0x80000011,
                        .cr3 = 0x1234000,
                        .cr4 = 0x20,
                        .instruction_pointer = 0xffffffff81000000});
    elf.qemu_processor({.cr0 = 0x80000011, .cr3 = 0x5678000, .cr4 = 0x1020});
    elf.load(0, filled(0x1000, 1));
    const auto bytes = elf.build();
    const auto memory = PhysicalMemory::from_elf(bytes).value();
    ASSERT_THAT(memory.processors(), SizeIs(2));
    EXPECT_EQ(memory.processors()[0].cr3, 0x1234000U);
    EXPECT_EQ(memory.processors()[0].instruction_pointer, 0xffffffff81000000U);
    EXPECT_TRUE(memory.processors()[0].long_mode);
    EXPECT_EQ(memory.processors()[1].cr4, 0x1020U);
}

TEST(PhysicalMemory, more_segments_than_16_bits_can_count_are_counted_elsewhere) {
    ElfBuilder elf;
    for (std::uint64_t i = 0; i < 70000; ++i) elf.load(i * 0x2000, filled(1, 1));
    const auto bytes = elf.build();
    EXPECT_THAT(PhysicalMemory::from_elf(bytes).value().ranges(), SizeIs(70000));
}

TEST(PhysicalMemory, what_is_no_dump_is_refused_by_name) {
    ElfBuilder program;
    program.load(0, filled(0x10, 1));
    auto bytes = program.build();
    bytes[16] = std::byte{2};  // e_type: an executable
    EXPECT_EQ(error_of(bytes).code, ErrorCode::unsupported);
    bytes = program.build();
    bytes[5] = std::byte{2};  // big endian
    EXPECT_EQ(error_of(bytes).code, ErrorCode::unsupported);
    EXPECT_THAT(error_of(ElfBuilder().build()).cause, HasSubstr("no segment"));
}

class DumpFile : public ::testing::Test {
protected:
    DumpFile() {
        std::string name =
            (std::filesystem::temp_directory_path() / "openbar-dump-XXXXXX").string();
        const int descriptor = ::mkstemp(name.data());
        EXPECT_GE(descriptor, 0);
        ::close(descriptor);
        path_ = name;
    }
    ~DumpFile() override { std::filesystem::remove(path_); }
    void write(std::span<const std::byte> bytes) const {
        std::ofstream(path_, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
    }
    void write(std::string_view text) const { write(std::as_bytes(std::span(text))); }
    std::filesystem::path path_;
};

TEST_F(DumpFile, is_known_by_its_first_bytes_and_kept_mapped) {
    ElfBuilder elf;
    elf.load(0x5000, filled(0x1000, 5));
    write(elf.build());
    auto memory = PhysicalMemory::open(path_);
    ASSERT_TRUE(memory) << memory.error().message();
    std::filesystem::remove(path_);
    const PhysicalMemory moved = std::move(*memory);
    EXPECT_EQ(byte_at(moved, 0x5fff), 5);
}

TEST_F(DumpFile, may_be_read_as_raw_whatever_it_is) {
    ElfBuilder elf;
    elf.load(0x5000, filled(0x1000, 5));
    write(elf.build());
    EXPECT_EQ(byte_at(PhysicalMemory::open_raw(path_, 0x100).value(), 0x101), 'E');
}

TEST_F(DumpFile, of_a_format_that_cannot_be_read_is_refused) {
    write("KDUMP   and more");
    EXPECT_EQ(PhysicalMemory::open(path_).error().code, ErrorCode::unsupported);
    write("PAGEDU64 and more");
    EXPECT_EQ(PhysicalMemory::open(path_).error().code, ErrorCode::unsupported);
    write("");
    EXPECT_EQ(PhysicalMemory::open(path_).error().code, ErrorCode::invalid_argument);
}

TEST_F(DumpFile, of_every_known_format_is_refused_by_its_name) {
    using namespace std::string_view_literals;
    struct Known {
        std::string_view start;
        const char* name;
        std::size_t offset = 0;
    };
    for (const Known& known : std::initializer_list<Known>{
             {"AVML\x02\0\0\0"sv, "AVML"},
             {"\xd2\xbe\xd2\xbe"sv, "VMware"},
             {"\xd0\xbe\xd2\xbe"sv, "VMware"},
             {"hibr"sv, "Windows hibernation"},
             {"HIBR"sv, "Windows hibernation"},
             {"S1SUSPEND\0"sv, "Linux hibernation", 4086},
             {"QEVM"sv, "QEMU"},
             {"LibvirtQemudSave"sv, "libvirt"},
             {"\x7fVirtualBox SavedState V2.0\n"sv, "VirtualBox"},
             {"DISKDUMP"sv, "diskdump"},
             {"makedumpfile\0"sv, "flattened kdump"},
             {"\xed\x23\x8f\x61\x73\x01\x19\xa8"sv, "LKCD"},
             {"PAGEDUMP"sv, "Windows crash dump"},
             {"MDMP"sv, "minidump"},
             {"LiME"sv, "big-endian"},
             {"EVF\x09\x0d\x0a\xff\x00"sv, "EWF"},
             {"\x1f\x8b\x08"sv, "gzip"},
             {"BZh9"sv, "bzip2"},
             {"\xfd\x37\x7a\x58\x5a\x00"sv, "xz"},
             {"\x28\xb5\x2f\xfd"sv, "zstd"},
             {"\x04\x22\x4d\x18"sv, "lz4"},
             {"\x89LZO\0\r\n\x1a\n"sv, "lzop"},
             {"PK\x03\x04"sv, "zip"},
             {"ustar"sv, "tar", 257},
         }) {
        write(std::string(known.offset, '\0') + std::string(known.start) + std::string(5000, '\0'));
        const auto memory = PhysicalMemory::open(path_);
        ASSERT_FALSE(memory) << known.name;
        EXPECT_EQ(memory.error().code, ErrorCode::unsupported);
        EXPECT_THAT(memory.error().cause, HasSubstr(known.name));
        EXPECT_FALSE(memory.error().hint.empty());
        EXPECT_TRUE(PhysicalMemory::open_raw(path_, 0));
    }
}

/// One range of a LiME dump: header and contents.
std::string lime(std::uint64_t first, std::uint64_t last, const std::string& contents,
                 std::uint32_t version = 1) {
    std::string text = "EMiL";
    const auto put = [&](std::uint64_t value, unsigned bytes) {
        for (unsigned i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
    };
    put(version, 4);
    put(first, 8);
    put(last, 8);
    put(0, 8);
    return text + contents;
}

TEST_F(DumpFile, of_lime_has_each_range_at_its_address) {
    write(lime(0x1000, 0x1fff, std::string(0x1000, 'a')) +
          lime(0x100000000, 0x1000000ff, std::string(0x100, 'b')));
    const auto memory = PhysicalMemory::open(path_);
    ASSERT_TRUE(memory) << memory.error().message();
    EXPECT_EQ(byte_at(*memory, 0x1000), 'a');
    EXPECT_EQ(byte_at(*memory, 0x1fff), 'a');
    EXPECT_EQ(memory->at(0x2000, 1), nullptr);
    EXPECT_EQ(byte_at(*memory, 0x1000000ff), 'b');
    EXPECT_TRUE(memory->missing().empty());
}

TEST_F(DumpFile, of_lime_that_is_cut_tells_what_is_missing) {
    write(lime(0x1000, 0x1fff, std::string(0x800, 'a')));
    const auto memory = PhysicalMemory::open(path_);
    ASSERT_TRUE(memory) << memory.error().message();
    ASSERT_EQ(memory->missing().size(), 1u);
    EXPECT_EQ(memory->missing()[0].address, 0x1800u);
    EXPECT_EQ(memory->missing()[0].length, 0x800u);
}

TEST_F(DumpFile, of_lime_that_is_damaged_is_an_error_with_its_place) {
    const auto error_of_file = [&](const std::string& text) {
        write(text);
        const auto memory = PhysicalMemory::open(path_);
        EXPECT_FALSE(memory);
        return memory ? Error{} : memory.error();
    };
    const std::string good = lime(0x1000, 0x10ff, std::string(0x100, 'a'));
    EXPECT_THAT(error_of_file(good + "EMiL").cause, HasSubstr("0x120 is cut off"));
    EXPECT_THAT(error_of_file(good + std::string(32, 'x')).cause,
                HasSubstr("0x120 does not begin"));
    EXPECT_THAT(error_of_file(lime(0x2000, 0x1000, "")).cause, HasSubstr("before the first"));
    EXPECT_THAT(error_of_file(lime(0, UINT64_MAX, "")).cause, HasSubstr("before the first"));
    EXPECT_EQ(error_of_file(lime(0, 1, "ab", 2)).code, ErrorCode::unsupported);
}

TEST(PhysicalMemory, a_dump_says_its_machine_and_its_bit_of_memory_encryption) {
    ElfBuilder elf;
    elf.kernel_facts("OSRELEASE=6.1\nNUMBER(sme_mask)=140737488355328\nPAGESIZE=4096\n");
    elf.load(0, filled(0x10, 1));
    const auto bytes = elf.build();
    const auto memory = PhysicalMemory::from_elf(bytes).value();
    EXPECT_EQ(memory.machine(), 62);
    EXPECT_EQ(memory.encryption_mask(), std::uint64_t{1} << 47);
}

TEST(PhysicalMemory, a_missing_file_and_a_directory_are_errors) {
    EXPECT_EQ(PhysicalMemory::open("/nonexistent/dump").error().code, ErrorCode::not_found);
    EXPECT_EQ(PhysicalMemory::open("/tmp").error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace openbar
