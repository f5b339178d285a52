/// Refuses a compiler that cannot compile openbar, in one sentence. Every public header includes
/// this one first, directly or through another.
#pragma once

#include <version>

// A missing file ends the compilation. After #error alone, a compiler continues and prints a
// thousand lines.
#if (defined(_MSVC_LANG) ? _MSVC_LANG : __cplusplus) <= 202002L
#error "openbar needs C++23: compile with -std=c++23 (GCC 12 or newer, or clang 19 or newer)"
#include "openbar/stop_here"
#elif !defined(__cpp_lib_expected)
#error "openbar needs std::expected: GCC 12 or newer, or clang 19 or newer (older ones hide it)"
#include "openbar/stop_here"
#endif
