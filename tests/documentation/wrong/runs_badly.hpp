/// Examples that compile and are wrong: check_mistakes wants each to fail, with its line.
///
///     std::vector<int> counts{1, 2, 3};
///     const int& first = counts.front();
///     counts.assign(1000, 0);
///     std::cout << first << "\n";                              // heap-use-after-free
///
/// An error that nobody looked for:
///
///     auto missing = device.region(5).value();                 // no region 5
///
/// Another number than 0:
///
///     if (registers.read<edu::Identification>().value() != 0) return 1;
///
/// Something else than it says:
///
///     std::cout << registers.read<edu::Identification>() << "\n";    // prints 0xdeadbeef…
#pragma once
