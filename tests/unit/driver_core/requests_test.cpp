// Every code with every length, unknown codes and versions, foreign processes.
#include "machine.hpp"

namespace openbar::driver::test {
namespace {

struct Code {
    std::uint32_t code;
    std::uint32_t input;
    std::uint32_t output;
};

// Fixed-length requests. Those of no output have 0.
constexpr Code fixed_codes[] = {
    {OPENBAR_IOCTL_NEGOTIATE, sizeof(openbar_negotiation), sizeof(openbar_negotiation)},
    {OPENBAR_IOCTL_DESCRIBE, sizeof(openbar_header), sizeof(openbar_description)},
    {OPENBAR_IOCTL_COUNTERS, sizeof(openbar_header), sizeof(openbar_counters)},
    {OPENBAR_IOCTL_MAP, sizeof(openbar_map), sizeof(openbar_mapping)},
    {OPENBAR_IOCTL_UNMAP, sizeof(openbar_object), 0},
    {OPENBAR_IOCTL_MAPPING_STATE, sizeof(openbar_object), sizeof(openbar_mapping_state)},
    {OPENBAR_IOCTL_ENABLE_VECTOR, sizeof(openbar_enable_vector), sizeof(openbar_object)},
    {OPENBAR_IOCTL_WAIT_VECTOR, sizeof(openbar_wait), sizeof(openbar_wait_result)},
    {OPENBAR_IOCTL_MASK_VECTOR, sizeof(openbar_object), 0},
    {OPENBAR_IOCTL_UNMASK_VECTOR, sizeof(openbar_object), 0},
    {OPENBAR_IOCTL_DISABLE_VECTOR, sizeof(openbar_object), 0},
    {OPENBAR_IOCTL_ALLOCATE_DMA, sizeof(openbar_allocate_dma), sizeof(openbar_dma)},
    {OPENBAR_IOCTL_PIN_MEMORY, sizeof(openbar_pin), sizeof(openbar_dma)},
    {OPENBAR_IOCTL_DMA_SEGMENTS, sizeof(openbar_dma_query), sizeof(openbar_dma_segments)},
    {OPENBAR_IOCTL_FREE_DMA, sizeof(openbar_object), 0},
    {OPENBAR_IOCTL_BUS_MASTER, sizeof(openbar_switch), 0},
    {OPENBAR_IOCTL_RESET, sizeof(openbar_header), 0},
    {OPENBAR_IOCTL_AWAKE, sizeof(openbar_switch), 0},
    {OPENBAR_IOCTL_CLAIM, sizeof(openbar_switch), 0},
};

std::vector<std::uint8_t> input_of(std::uint32_t length, std::uint16_t version = 1) {
    std::vector<std::uint8_t> bytes(length);
    openbar_header header{};
    openbar_prepare(&header, length);
    header.version = version;
    if (length != 0)
        std::memcpy(bytes.data(), &header, std::min<std::size_t>(length, sizeof header));
    return bytes;
}

TEST(Requests, an_input_shorter_than_its_structure_is_refused_at_every_length) {
    Machine machine;
    Handle handle(machine);
    for (const Code& code : fixed_codes) {
        for (std::uint32_t length = 0; length < code.input; ++length) {
            // What a caller sends that does not know the fields added later.
            if (code.code == OPENBAR_IOCTL_ENABLE_VECTOR &&
                length == OPENBAR_FIRST_SIZE_ENABLE_VECTOR)
                continue;
            const auto input = input_of(length);
            EXPECT_EQ(handle.send(code.code, input.data(), length, code.output).status,
                      Status::length)
                << std::hex << code.code << " length " << length;
        }
    }
}

TEST(Requests, an_input_longer_than_its_structure_is_served_if_the_rest_is_zero) {
    for (const Code& code : fixed_codes) {
        const auto status_of = [&](std::uint32_t length, std::uint8_t last) {
            Machine machine;
            Handle handle(machine);
            auto input = input_of(length);
            input.back() |= last;
            return handle.send(code.code, input.data(), length, code.output).status;
        };
        const Status plain = status_of(code.input, 0);
        EXPECT_EQ(status_of(code.input + 24, 0), plain) << std::hex << code.code;
        EXPECT_EQ(status_of(code.input + 24, 1), Status::version) << std::hex << code.code;
    }
}

TEST(Requests, a_size_that_is_not_the_inputs_length_is_refused) {
    Machine machine;
    Handle handle(machine);
    for (const Code& code : fixed_codes) {
        auto input = input_of(code.input);
        const std::uint32_t wrong = code.input + 8;
        std::memcpy(input.data(), &wrong, sizeof wrong);
        EXPECT_EQ(handle.send(code.code, input.data(), code.input, code.output).status,
                  Status::length)
            << std::hex << code.code;
    }
}

TEST(Requests, an_output_too_small_is_refused_at_every_length_and_changes_nothing) {
    Machine machine;
    Handle handle(machine);
    for (const Code& code : fixed_codes) {
        for (std::uint32_t length = 0; length < code.output; ++length) {
            const auto input = input_of(code.input);
            EXPECT_EQ(handle.send(code.code, input.data(), code.input, length).status,
                      Status::output_length)
                << std::hex << code.code << " length " << length;
        }
    }
    EXPECT_EQ(handle.counters().maps, 0u);
}

TEST(Requests, another_version_is_refused_except_where_versions_are_negotiated) {
    Machine machine;
    Handle handle(machine);
    for (const Code& code : fixed_codes) {
        for (unsigned version : {0u, 2u, 0xffffu}) {
            const auto input = input_of(code.input, static_cast<std::uint16_t>(version));
            const Status status =
                handle.send(code.code, input.data(), code.input, code.output).status;
            if (code.code != OPENBAR_IOCTL_NEGOTIATE) {
                EXPECT_EQ(status, Status::version) << std::hex << code.code;
            }
        }
    }
    openbar_negotiation ask{{}, 0, 9, 0, 0};
    const auto answer = handle.send(OPENBAR_IOCTL_NEGOTIATE, ask, sizeof ask);
    EXPECT_EQ(answer.as<openbar_negotiation>().chosen, OPENBAR_CONTRACT_VERSION);
    ask.oldest = 2;
    EXPECT_EQ(handle.send(OPENBAR_IOCTL_NEGOTIATE, ask, sizeof ask).status, Status::version);
    ask.oldest = 10;
    EXPECT_EQ(handle.send(OPENBAR_IOCTL_NEGOTIATE, ask, sizeof ask).status, Status::invalid);
}

TEST(Requests, unknown_codes_are_refused) {
    Machine machine;
    Handle handle(machine);
    const auto input = input_of(64);
    for (std::uint32_t function = 0; function < 0x1000; ++function) {
        const std::uint32_t code =
            OPENBAR_CONTROL_CODE(function, OPENBAR_METHOD_BUFFERED, OPENBAR_READ);
        if (function >= 0x900 && function <= 0x902) continue;
        EXPECT_EQ(handle.send(code, input.data(), 64, 64).status, Status::unknown_request);
    }
    // The right function with another method or access is another code.
    EXPECT_EQ(handle.send(OPENBAR_IOCTL_PROGRAM | 3, input.data(), 64, 64).status,
              Status::unknown_request);
}

TEST(Requests, every_code_that_changes_state_needs_a_handle_open_for_writing) {
    for (const Code& code : fixed_codes) {
        const std::uint32_t access = code.code >> 14 & 3;
        EXPECT_NE(access, 0u) << "FILE_ANY_ACCESS: " << std::hex << code.code;
        const bool only_looks = (code.code >> 2 & 0xfff) <= 0x902;
        EXPECT_EQ(access == OPENBAR_READ, only_looks) << std::hex << code.code;
    }
}

TEST(Requests, another_process_with_the_handle_is_refused_everything) {
    Machine machine;
    Handle handle(machine);
    const auto mapped = handle.map(0, 0, 4096);
    ASSERT_EQ(mapped.status, Status::ok);
    handle.sender = &machine.other;
    for (const Code& code : fixed_codes) {
        const auto input = input_of(code.input);
        EXPECT_EQ(handle.send(code.code, input.data(), code.input, code.output).status,
                  Status::not_owner);
    }
    EXPECT_EQ(handle.program({read_step(0, 0, 4)}).status, Status::not_owner);
    EXPECT_EQ(handle.unmap(mapped.as<openbar_mapping>().object), Status::not_owner);
    EXPECT_EQ(machine.kernel.user_views(), 1u);
}

TEST(Requests, nothing_of_the_buffers_old_contents_comes_back) {
    Machine machine;
    Handle handle(machine);
    // Every byte of every structure that leaves is set: 0xa5 fills the buffer before.
    const auto input = input_of(sizeof(openbar_header));
    for (std::uint32_t code : {OPENBAR_IOCTL_DESCRIBE, OPENBAR_IOCTL_COUNTERS}) {
        const auto answer = handle.send(code, input.data(), sizeof(openbar_header), 4096);
        for (std::uint8_t byte : answer.bytes) EXPECT_NE(byte, 0xa5);
    }
    const auto answer = handle.program({read_step(0, 0, 1), poll_step(0, 1, 1, 0)});
    for (std::uint8_t byte : answer.bytes) EXPECT_NE(byte, 0xa5);
}

TEST(Requests, refusals_are_counted) {
    Machine machine;
    Handle handle(machine);
    const auto before = handle.counters().refusals;
    (void)handle.unmap(42);
    (void)handle.map(99, 0, 1);
    EXPECT_EQ(handle.counters().refusals, before + 2);
}

TEST(Requests, a_description_tells_identity_regions_and_capabilities) {
    Machine machine;
    Handle handle(machine);
    const auto told = handle.describe();
    EXPECT_EQ(told.vendor, 0x1234);
    EXPECT_EQ(told.device, 0x11e8);
    EXPECT_EQ(told.subsystem, 0x0001);
    EXPECT_EQ(told.class_code, 0xff0000u);
    EXPECT_EQ(told.revision, 0x10);
    EXPECT_EQ(told.vector_kind, OPENBAR_VECTOR_INTX);
    EXPECT_EQ(told.regions[0].kind, OPENBAR_REGION_MEMORY);
    EXPECT_EQ(told.regions[0].size, 64u * 1024);
    EXPECT_EQ(told.regions[0].mappable_count, 1);
    EXPECT_EQ(told.regions[1].mappable_count, 0) << "shares its page with a neighbour";
    EXPECT_NE(told.regions[1].flags & OPENBAR_REGION_SHARES_PAGES, 0u);
    EXPECT_EQ(told.regions[2].kind, OPENBAR_REGION_PORT);
    EXPECT_EQ(told.regions[7].kind, OPENBAR_REGION_CONFIG);
    EXPECT_NE(told.capabilities & OPENBAR_CAN_DISABLE_INTX, 0u);
    EXPECT_EQ(told.capabilities & OPENBAR_CAN_RESET, 0u);
}

TEST(Requests, statuses_are_distinct_for_windows_and_for_programs) {
    std::set<std::uint32_t> nt;
    std::set<std::uint32_t> win32;
#define OPENBAR_INSERT(name, value, status, error, code, meaning) \
    EXPECT_TRUE(nt.insert(status).second) << #name;               \
    EXPECT_TRUE(win32.insert(error).second) << #name;             \
    EXPECT_EQ(ntstatus(static_cast<Status>(value)), status##u);   \
    EXPECT_EQ((status##u) >> 30, (value) == 0 ? 0u : 3u) << #name << " is not of error severity";
    OPENBAR_STATUSES(OPENBAR_INSERT)
#undef OPENBAR_INSERT
    EXPECT_EQ(nt.size(), static_cast<std::size_t>(OPENBAR_STATUS_COUNT));
}

}  // namespace
}  // namespace openbar::driver::test
