/// Work on another process's addresses that ends when that process does.
///
///     const auto status = in_process<NTSTATUS>(number, [=](HANDLE process) { … });
///     if (!status) return no_process;
///
/// Wine has the target itself do what is asked for its addresses. If it is killed in the middle of
/// that, nobody answers any more, and the asking thread would wait for ever: so a separate thread
/// asks, and is left behind then. The work must own all that it touches.
#pragma once

#include "tests/wine/hardware/win32_threads.hpp"

#include <windows.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace openbar::hardware {

inline constexpr long no_process = static_cast<long>(0xC000000B);  // STATUS_INVALID_CID
inline constexpr long no_room = static_cast<long>(0xC0000017);     // STATUS_NO_MEMORY
/// Of reserved addresses, and of a view's place within its section.
inline constexpr std::uint64_t granularity = 0x10000;

template <typename Result>
std::optional<Result> in_process(std::uint32_t number, std::function<Result(HANDLE)> work) {
    HANDLE process =
        OpenProcess(PROCESS_VM_READ | PROCESS_VM_WRITE | PROCESS_VM_OPERATION |
                        PROCESS_CREATE_THREAD | PROCESS_QUERY_INFORMATION | SYNCHRONIZE,
                    FALSE, number);
    if (process == nullptr) return std::nullopt;
    struct State {
        std::optional<Result> result;
    };
    const auto state = std::make_shared<State>();
    HANDLE thread = start_thread([=] { state->result = work(process); });
    HANDLE both[] = {thread, process};
    // What was asked of a process that has just ended may still be answered.
    constexpr DWORD grace = 500;
    bool done = WaitForMultipleObjects(2, both, FALSE, INFINITE) == WAIT_OBJECT_0;
    if (!done) done = WaitForSingleObject(thread, grace) == WAIT_OBJECT_0;
    CloseHandle(thread);
    if (!done) return std::nullopt;  // the thread left behind keeps the handle
    CloseHandle(process);
    return state->result;
}

}  // namespace openbar::hardware
