/// The kernel's own declarations, in the one order in which the free headers agree with each other.
///
/// Every file of a driver includes this instead of <ntddk.h>; <ntifs.h> has all
/// of that, and what attaches to processes. <intrin.h> comes first because the
/// driver headers define two functions that it has defined already (the build names them as done).
#pragma once

// clang-format off
#include <intrin.h>
#include <ntifs.h>
// clang-format on

#include <cstddef>
#include <cstdint>
