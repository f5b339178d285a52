#include "backends/granted_memory_type.hpp"

#include "base/system_root.hpp"

#include <cstdio>
#include <fstream>
#include <string>

namespace openbar {

MemoryType granted_memory_type(PhysicalRange range, [[maybe_unused]] MemoryType asked) {
#if defined(__x86_64__) || defined(__i386__)
    // Lines like "PAT: [mem 0x00000000fea00000-0x00000000feb00000] uncached-minus": the end is the
    // first address behind (arch/x86/mm/pat/memtype.c of the Linux kernel).
    std::ifstream list(system_path("/sys/kernel/debug/x86/pat_memtype_list"));
    for (std::string line; std::getline(list, line);) {
        unsigned long long start = 0;
        unsigned long long end = 0;
        char type[32] = "";
        if (std::sscanf(line.c_str(), "PAT: [mem %llx-%llx] %31s", &start, &end, type) != 3)
            continue;
        if (range.address < start || range.address >= end) continue;
        const std::string_view name = type;
        if (name == "write-combining") return MemoryType::write_combining;
        if (name == "uncached" || name == "uncached-minus") return MemoryType::uncached;
        if (name == "write-back") return MemoryType::cached;
    }
    return MemoryType::unknown;
#else
    static_cast<void>(range);
    return asked;
#endif
}

}  // namespace openbar
