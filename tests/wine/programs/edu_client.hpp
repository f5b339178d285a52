/// The edu card, worked through the driver's contract alone.
///
///     EduClient card(path);
///     card.write(0x04, 1);
///     card.read(0x04);                                        // 0xfffffffe
#pragma once

#include "tests/wine/programs/contract_client.hpp"

#include <windows.h>

#include <cstdint>
#include <cstring>
#include <vector>

namespace openbar::wine {

/// Whether it came true within so many milliseconds.
template <typename Condition>
bool within(DWORD milliseconds, Condition&& condition) {
    const ULONGLONG end = GetTickCount64() + milliseconds;
    while (!condition()) {
        if (GetTickCount64() >= end) return false;
        Sleep(2);
    }
    return true;
}

inline DWORD state_of(std::uint64_t address) {
    MEMORY_BASIC_INFORMATION information{};
    VirtualQuery(reinterpret_cast<void*>(address), &information, sizeof information);
    return information.State;
}
inline bool is_free(std::uint64_t address) {
    return state_of(address) == MEM_FREE;
}

class EduClient {
public:
    explicit EduClient(const std::wstring& path) : contract_(path) {}

    struct Held {
        DWORD error;
        std::uint64_t object;
        std::uint64_t address;
        std::uint64_t iova;
        std::uint32_t segments;
    };

    ContractClient& contract() { return contract_; }
    [[nodiscard]] bool opened() const { return contract_.error() == 0; }

    openbar_description describe() {
        openbar_description description{};
        contract_.call(OPENBAR_IOCTL_DESCRIBE, ContractClient::header(), description);
        return description;
    }

    /// One step of a register program; what it read, or all ones where it failed.
    std::uint64_t read(std::uint64_t offset, std::uint32_t region = 0, std::uint16_t width = 4) {
        std::uint64_t value = ~std::uint64_t{0};
        run({.operation = OPENBAR_STEP_READ, .width = width, .region = region, .offset = offset},
            value);
        return value;
    }
    DWORD write(std::uint64_t offset, std::uint64_t value, std::uint32_t region = 0,
                std::uint16_t width = 4) {
        std::uint64_t before = 0;
        return run({.operation = OPENBAR_STEP_WRITE,
                    .width = width,
                    .region = region,
                    .offset = offset,
                    .value = value},
                   before);
    }
    DWORD poll(std::uint64_t offset, std::uint64_t mask, std::uint64_t value,
               unsigned milliseconds) {
        std::uint64_t last = 0;
        return run({.operation = OPENBAR_STEP_POLL,
                    .width = 4,
                    .offset = offset,
                    .value = value,
                    .mask = mask,
                    .time_ns = milliseconds * std::uint64_t{1000000}},
                   last);
    }
    DWORD step_error(std::uint32_t region, std::uint64_t offset, std::uint16_t width) {
        std::uint64_t value = 0;
        return run(
            {.operation = OPENBAR_STEP_READ, .width = width, .region = region, .offset = offset},
            value);
    }

    Held map(std::uint64_t offset, std::uint64_t length, std::uint32_t region = 0) {
        auto asked = ContractClient::prepared<openbar_map>();
        asked.region = region;
        asked.offset = offset;
        asked.length = length;
        openbar_mapping mapping{};
        const DWORD error = contract_.call(OPENBAR_IOCTL_MAP, asked, mapping);
        return {error, mapping.object, mapping.address, 0, 0};
    }

    /// Any request that names one object and answers nothing.
    DWORD free(DWORD code, std::uint64_t object) {
        auto asked = ContractClient::prepared<openbar_object>();
        asked.object = object;
        return contract_.call(code, asked);
    }

    DWORD bus_master(bool on) {
        auto asked = ContractClient::prepared<openbar_switch>();
        asked.on = on ? 1 : 0;
        return contract_.call(OPENBAR_IOCTL_BUS_MASTER, asked);
    }

    DWORD awake(bool on) {
        auto asked = ContractClient::prepared<openbar_switch>();
        asked.on = on ? 1 : 0;
        return contract_.call(OPENBAR_IOCTL_AWAKE, asked);
    }

    Held enable_vector() {
        auto asked = ContractClient::prepared<openbar_enable_vector>();
        if (describe().vector_kind == OPENBAR_VECTOR_INTX) {
            // edu lets go of its line when the raised bits are written back.
            asked.flags = OPENBAR_SILENCE_BY_REGISTERS | OPENBAR_SILENCE_BY_STATUS;
            asked.width = 4;
            asked.status_offset = 0x24;
            asked.status_mask = 0xffffffff;
            asked.silence_offset = 0x64;
        }
        openbar_object vector{};
        const DWORD error = contract_.call(OPENBAR_IOCTL_ENABLE_VECTOR, asked, vector);
        return {error, vector.object, 0, 0, 0};
    }

    /// Cancels the wait after so many milliseconds.
    DWORD wait(std::uint64_t vector, std::uint64_t seen, DWORD milliseconds, std::uint64_t& count) {
        auto asked = ContractClient::prepared<openbar_wait>();
        asked.object = vector;
        asked.seen = seen;
        openbar_wait_result result{};
        OVERLAPPED overlapped{};
        overlapped.hEvent = CreateEventW(nullptr, TRUE, FALSE, nullptr);
        DWORD transferred = 0;
        DWORD error = 0;
        if (DeviceIoControl(contract_.get(), OPENBAR_IOCTL_WAIT_VECTOR, &asked, sizeof asked,
                            &result, sizeof result, &transferred, &overlapped) == 0)
            error = GetLastError();
        if (error == ERROR_IO_PENDING) {
            if (WaitForSingleObject(overlapped.hEvent, milliseconds) != WAIT_OBJECT_0)
                CancelIoEx(contract_.get(), &overlapped);
            error = GetOverlappedResult(contract_.get(), &overlapped, &transferred, TRUE) != 0
                        ? 0
                        : GetLastError();
        }
        CloseHandle(overlapped.hEvent);
        if (error == 0) count = result.count;
        return error;
    }

    Held allocate_dma(std::uint64_t length) {
        auto asked = ContractClient::prepared<openbar_allocate_dma>();
        asked.length = length;
        return dma(OPENBAR_IOCTL_ALLOCATE_DMA, asked);
    }

    Held pin(void* address, std::uint64_t length) {
        auto asked = ContractClient::prepared<openbar_pin>();
        asked.address = reinterpret_cast<std::uint64_t>(address);
        asked.length = length;
        asked.device_writes = 1;
        return dma(OPENBAR_IOCTL_PIN_MEMORY, asked);
    }

    /// What has become of a mapping's addresses; OPENBAR_MAPPED where the driver does not answer.
    openbar_mapping_state mapping_state(std::uint64_t object) {
        auto asked = ContractClient::prepared<openbar_object>();
        asked.object = object;
        openbar_mapping_state state{};
        contract_.call(OPENBAR_IOCTL_MAPPING_STATE, asked, state);
        return state;
    }

    std::uint64_t segment_iova(std::uint64_t object, std::uint32_t index) {
        auto asked = ContractClient::prepared<openbar_dma_query>();
        asked.object = object;
        asked.first = index;
        openbar_dma_segments segments{};
        contract_.call(OPENBAR_IOCTL_DMA_SEGMENTS, asked, segments);
        return segments.segments[0].offset;
    }

    /// The card moves bytes, to or from its own buffer at 0x40000.
    void transfer(std::uint64_t from, std::uint64_t to, std::uint64_t count, bool to_memory) {
        write(0x80, from, 0, 8);
        write(0x88, to, 0, 8);
        write(0x90, count, 0, 8);
        write(0x98, to_memory ? 3 : 1, 0, 8);
        poll(0x98, 1, 0, 900);
    }

private:
    DWORD run(const openbar_step& step, std::uint64_t& value) {
        struct {
            openbar_program program;
            openbar_step step;
        } asked{};
        struct {
            openbar_program_result result;
            std::uint64_t value;
        } answer{};
        openbar_prepare(&asked.program.header, sizeof asked);
        asked.program.step_count = 1;
        asked.step = step;
        DWORD error =
            contract_.call(OPENBAR_IOCTL_PROGRAM, &asked, sizeof asked, &answer, sizeof answer);
        // A step that failed: as the request itself would have.
        if (error == 0 && answer.result.status != OPENBAR_STATUS_OK)
            error = win32(answer.result.status);
        if (error == 0) value = answer.value;
        return error;
    }

    static DWORD win32(openbar_status status) {
        switch (status) {
#define OPENBAR_CASE(name, number, nt, error, code, meaning) \
    case number: return error;
            OPENBAR_STATUSES(OPENBAR_CASE)
#undef OPENBAR_CASE
            default: return ERROR_INTERNAL_ERROR;
        }
    }

    template <typename Asked>
    Held dma(DWORD code, const Asked& asked) {
        openbar_dma answer{};
        const DWORD error = contract_.call(code, asked, answer);
        return {error, answer.object, answer.address, answer.iova, answer.segment_count};
    }

    ContractClient contract_;
};

}  // namespace openbar::wine
