/// The registers of a thread that trapped.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace openbar::trap {

/// Where the x87, MMX, SSE and AVX registers of the thread lie.
struct VectorState {
    void* area = nullptr;        ///< as FXSAVE writes it, and XSAVE behind that; null: not there
    std::uint64_t features = 0;  ///< those of XSAVE's components that it holds; 0: FXSAVE's alone
};

struct Processor {
    std::array<std::uint64_t, 16> general{};  ///< by the numbers that instructions give them
    std::uint64_t flags = 0;
    std::uint64_t instruction = 0;  ///< its address
    VectorState vectors{};
};

// native_execution.cpp reaches them by their places.
static_assert(offsetof(Processor, general) == 0 && offsetof(Processor, flags) == 128);

namespace number_of {
inline constexpr unsigned rax = 0;
inline constexpr unsigned rcx = 1;
inline constexpr unsigned rsp = 4;
inline constexpr unsigned rsi = 6;
inline constexpr unsigned rdi = 7;
}  // namespace number_of

}  // namespace openbar::trap
