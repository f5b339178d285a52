/// An example that does not compile: check_mistakes wants the compiler to name its line.
///
///     auto id = registers.read<edu::Identification>();
///     auto wrong = id.get<edu::Status::Computing>();
#pragma once
