/// Keeps the numbers of standard input, output and errors for what they are.
#pragma once

namespace openbar::cli {

/// A program that was started with one of them closed (`openbar dump … >&-`) would be given its
/// number for the next thing it opens. What it prints would then go to the device. This takes each
/// closed one by a descriptor that refuses what the program would do with it, so that printing
/// fails with "Bad file descriptor". To be called before anything is opened.
void occupy_closed_standard_descriptors() noexcept;

}  // namespace openbar::cli
