#include "cli/support/hexdump.hpp"
#include "cli/support/output_file.hpp"
#include "cli/support/own_name.hpp"
#include "cli/support/suggestion.hpp"
#include "cli/support/table.hpp"
#include "cli/support/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace openbar::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;

/// What `print` writes to an Output.
template <typename Print>
std::string printed(Print print) {
    std::FILE* file = std::tmpfile();
    Output out(file);
    print(out);
    EXPECT_TRUE(out.flush());
    std::rewind(file);
    std::string text;
    for (int byte = std::fgetc(file); byte != EOF; byte = std::fgetc(file))
        text.push_back(static_cast<char>(byte));
    std::fclose(file);
    return text;
}

class OutputFileTest : public ::testing::Test {
protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "openbar-file-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
        target_ = folder_ / "dump.bin";
    }
    void TearDown() override { fs::remove_all(folder_); }

    std::string content() const {
        std::ifstream file(target_, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    std::ptrdiff_t files() const {
        return std::distance(fs::directory_iterator(folder_), fs::directory_iterator());
    }

    fs::path folder_;
    fs::path target_;
};

TEST(Text, tells_sizes_exactly) {
    EXPECT_EQ(size_text(100), "100 bytes");
    EXPECT_EQ(size_text(4096), "4 KiB");
    EXPECT_EQ(size_text(1536), "1536 bytes");
    EXPECT_EQ(size_text(std::uint64_t{1} << 40), "1 TiB");
}

TEST(Suggestion, is_made_for_what_is_similar_only) {
    constexpr std::array<std::string_view, 3> known{"read", "write", "config"};
    EXPECT_EQ(did_you_mean("raed", known), ", did you mean 'read'?");
    EXPECT_EQ(did_you_mean("conf", known), ", did you mean 'config'?");
    EXPECT_THAT(did_you_mean("frobnicate", known), IsEmpty());
}

TEST(TableOfText, lines_columns_up) {
    EXPECT_EQ(printed([](Output& out) {
                  Table table({"a", "long title", "c"});
                  table.add({"…wide…", "x", ""});
                  table.print(out, " ");
              }),
              " a       long title  c\n …wide…  x\n");
}

TEST(HexdumpOfBytes, shows_elements_as_the_processor_sees_them) {
    EXPECT_EQ(printed([](Output& out) {
                  Hexdump(out, 0x10, 4).add(std::string("\x01\0\0\0ABC\xff", 8));
              }),
              "00000010  00000001 ff434241                    ....ABC.\n");
}

TEST(HexdumpOfBytes, shortens_repetition_and_says_where_it_ends) {
    EXPECT_EQ(printed([](Output& out) { Hexdump(out, 0, 4).add(std::string(64, '\0')); }),
              "00000000  00000000 00000000 00000000 00000000  ................\n*\n00000040\n");
}

TEST(OwnName, stands_where_a_hint_is_a_command_and_nowhere_else) {
    EXPECT_EQ(typeable("sudo openbar bind 00:04.0 vfio-pci"), "sudo openbar bind 00:04.0 vfio-pci");
    note_own_name("openbar");
    EXPECT_EQ(typeable("openbar list"), "openbar list");
    note_own_name("build/cli/openbar");
    EXPECT_EQ(typeable("sudo openbar bind 00:04.0 vfio-pci"),
              "sudo build/cli/openbar bind 00:04.0 vfio-pci");
    EXPECT_EQ(typeable("openbar list shows all functions"),
              "build/cli/openbar list shows all functions");
    EXPECT_EQ(typeable("see /usr/openbar x (openbar doctor)"),
              "see /usr/openbar x (build/cli/openbar doctor)");
    EXPECT_EQ(typeable("openbar "), "openbar ");
    note_own_name("./openbar");
    EXPECT_EQ(typeable("openbar: openbar doctor"), "openbar: ./openbar doctor");
    note_own_name("openbar");
}

TEST(OutputToAPipe, is_dropped_quietly_when_the_reader_has_gone) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const auto before = std::signal(SIGPIPE, SIG_IGN);
    ::close(ends[0]);
    std::FILE* file = ::fdopen(ends[1], "w");
    Output out(file);

    out.write("nobody reads this\n");

    EXPECT_TRUE(out.flush());
    EXPECT_TRUE(out.closed());
    std::fclose(file);
    std::signal(SIGPIPE, before);
}

TEST(OutputToAFullDisk, is_an_error) {
    std::FILE* file = std::fopen("/dev/full", "w");
    Output out(file);

    out.write("too much\n");

    EXPECT_FALSE(out.flush());
    std::fclose(file);
}

TEST_F(OutputFileTest, appears_when_it_is_complete) {
    auto file = OutputFile::create(target_.string());
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->write("abc"));
    EXPECT_FALSE(fs::exists(target_));

    ASSERT_TRUE(file->commit());

    EXPECT_EQ(content(), "abc");
    EXPECT_EQ(files(), 1);
}

TEST_F(OutputFileTest, leaves_what_was_there_where_it_is_given_up) {
    std::ofstream(target_) << "old";
    {
        auto file = OutputFile::create(target_.string());
        ASSERT_TRUE(file);
        ASSERT_TRUE(file->write("half of the ne"));
    }

    EXPECT_EQ(content(), "old");
    EXPECT_EQ(files(), 1);
}

TEST_F(OutputFileTest, keeps_the_permissions_and_the_link_of_what_it_replaces) {
    std::ofstream(target_) << "old";
    fs::permissions(target_, fs::perms::owner_read | fs::perms::owner_write);
    const fs::path link = folder_ / "link";
    fs::create_symlink(target_, link);

    auto file = OutputFile::create(link.string());
    ASSERT_TRUE(file && file->write("new") && file->commit());

    EXPECT_EQ(content(), "new");
    EXPECT_TRUE(fs::is_symlink(link));
    EXPECT_EQ(fs::status(target_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(OutputFileTest, stays_the_file_of_all_its_names) {
    std::ofstream(target_) << "old, and longer";
    const fs::path other = folder_ / "other";
    fs::create_hard_link(target_, other);

    {
        auto file = OutputFile::create(target_.string());
        ASSERT_TRUE(file && file->write("new") && file->commit());
    }

    EXPECT_EQ(content(), "new");
    EXPECT_EQ(fs::hard_link_count(target_), 2u);
    EXPECT_EQ(files(), 2);
}

TEST_F(OutputFileTest, stays_the_file_of_its_owner) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can make a file of somebody else's";
    std::ofstream(target_) << "old";
    ASSERT_EQ(::chown(target_.c_str(), 12345, 23456), 0);

    auto file = OutputFile::create(target_.string());
    ASSERT_TRUE(file && file->write("new") && file->commit());

    struct stat after {};
    ASSERT_EQ(::stat(target_.c_str(), &after), 0);
    EXPECT_EQ(after.st_uid, 12345u);
    EXPECT_EQ(after.st_gid, 23456u);
    EXPECT_EQ(content(), "new");
}

TEST_F(OutputFileTest, is_refused_where_the_working_directory_is_gone) {
    const fs::path before = fs::current_path();
    const fs::path gone = folder_ / "gone";
    fs::create_directory(gone);
    fs::current_path(gone);
    fs::remove(gone);

    const auto file = OutputFile::create("dump.bin");
    fs::current_path(before);

    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, ErrorCode::not_found);
}

TEST_F(OutputFileTest, writes_into_devices_instead_of_replacing_them) {
    auto file = OutputFile::create("/dev/null");

    ASSERT_TRUE(file && file->write("abc") && file->commit());

    EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(OutputFileTest, writes_into_a_pipe_that_has_a_name_of_the_kernels_only) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    {
        auto file = OutputFile::create("/dev/fd/" + std::to_string(ends[1]));
        ASSERT_TRUE(file) << file.error().message();
        ASSERT_TRUE(file->write("bytes"));
        ASSERT_TRUE(file->commit());
    }
    char read[8]{};
    EXPECT_EQ(::read(ends[0], read, sizeof read), 5);
    EXPECT_STREQ(read, "bytes");
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST_F(OutputFileTest, says_where_a_folder_is_missing) {
    const auto file = OutputFile::create((folder_ / "missing" / "dump.bin").string());

    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace openbar::cli
