/// Copies to and from memory that the program may have unmapped meanwhile, or never could write.
///
/// A plain copy would end the program with SIGSEGV in a thread that it knows nothing of. The
/// kernel copies between two places of one process as well as between two processes, and returns
/// EFAULT instead.
#pragma once

#include <cstddef>
#include <span>

namespace openbar {

/// 0, or an errno. Both are as long as `ours`; on EFAULT part of it may have been copied.
[[nodiscard]] int guarded_read(std::span<std::byte> ours, std::span<std::byte> theirs);
[[nodiscard]] int guarded_write(std::span<std::byte> theirs, std::span<std::byte> ours);

}  // namespace openbar
