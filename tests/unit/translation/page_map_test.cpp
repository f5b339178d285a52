#include "openbar/page_map.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace openbar {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

ProcessPage look_up(const void* address) {
    const auto page = look_up_page(reinterpret_cast<std::uintptr_t>(address));
    EXPECT_TRUE(page) << page.error().message();
    return page.value_or(ProcessPage{});
}

/// One page of shared memory, seen at two addresses.
class SharedPage : public ::testing::Test {
protected:
    SharedPage() {
        const int memory = ::memfd_create("openbar-page-map", MFD_CLOEXEC);
        EXPECT_EQ(::ftruncate(memory, size), 0);
        for (void*& view : views)
            view = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
        ::close(memory);
    }
    ~SharedPage() override {
        for (void* view : views) ::munmap(view, size);
    }
    const long size = ::sysconf(_SC_PAGESIZE);
    void* views[2] = {};
};

TEST_F(SharedPage, is_not_present_before_it_is_touched) {
    const ProcessPage page = look_up(views[0]);
    EXPECT_FALSE(page.present);
    EXPECT_FALSE(page.physical);
    EXPECT_THAT(page.mapping, HasSubstr("openbar-page-map"));
}

TEST_F(SharedPage, is_at_one_physical_address_or_hidden) {
    *static_cast<char*>(views[0]) = 1;
    *static_cast<char*>(views[1]) = 2;
    const ProcessPage first = look_up(static_cast<char*>(views[0]) + 0x10);
    const ProcessPage second = look_up(static_cast<char*>(views[1]) + 0x10);
    EXPECT_TRUE(first.present);
    EXPECT_TRUE(first.file_or_shared);
    EXPECT_NE(first.hidden, first.physical.has_value());
    EXPECT_EQ(first.physical, second.physical);
    EXPECT_EQ(first.physical.value_or(0x10) % first.page_size, 0x10U);
}

TEST(PageMap, unmapped_memory_is_in_no_mapping) {
    void* gone = ::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ::munmap(gone, 4096);
    const ProcessPage page = look_up(gone);
    EXPECT_FALSE(page.present);
    EXPECT_THAT(page.mapping, IsEmpty());
}

TEST(PageMap, the_kernels_half_is_out_of_range) {
    EXPECT_EQ(look_up_page(0xffff'8000'0000'0000).error().code, ErrorCode::out_of_range);
}

TEST(PageMap, a_process_that_is_not_there_is_not_found) {
    EXPECT_EQ(look_up_page(0x1000, 0x3fff'ffff).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace openbar
