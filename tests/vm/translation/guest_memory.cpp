#include "guest_memory.hpp"

#include "base/file_descriptor.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>
#include <utility>

namespace openbar::testing {
namespace {

// As in guest.S.
constexpr std::uint64_t job = 0x200000;
constexpr std::uint64_t probes = 0x210000;
constexpr std::uint64_t orders = 0x2f0000;
constexpr std::uint64_t results = 0x300000;
constexpr std::size_t most_probes = 0x8000;

}  // namespace

GuestMemory::GuestMemory(std::string file) : file_(std::move(file)) {
    const FileDescriptor ram(::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!ram || ::ftruncate(ram.get(), layout::memory_end) != 0)
        throw std::runtime_error("no memory for the guest at " + file_);
    void* start =
        ::mmap(nullptr, layout::memory_end, PROT_READ | PROT_WRITE, MAP_SHARED, ram.get(), 0);
    if (start == MAP_FAILED) throw std::runtime_error("the guest's memory cannot be mapped");
    bytes_ = static_cast<std::byte*>(start);
    for (std::uint64_t at = layout::data; at < layout::data_end; at += 8)
        put(at, (at & 0xfffU) == 0xff8 ? return_instructions : at);
}

GuestMemory::~GuestMemory() {
    ::munmap(bytes_, layout::memory_end);
}

template <typename Number>
void GuestMemory::put(std::uint64_t address, Number value) {
    std::memcpy(bytes_ + address, &value, sizeof value);
}

void GuestMemory::set_tables(const RandomTables& tables) {
    std::memcpy(bytes_ + layout::tables, tables.bytes().data(), tables.bytes().size());
}

void GuestMemory::set_job(const Paging& paging, const std::vector<std::uint64_t>& addresses,
                          const std::vector<bool>& may_execute) {
    if (addresses.size() > most_probes) throw std::runtime_error("too many probes");
    const bool long_mode = paging.mode == PagingMode::level4 || paging.mode == PagingMode::level5;
    const std::uint32_t cr4 = (paging.page_size_extension ? 1U << 4U : 0) |
                              (paging.mode == PagingMode::bits32 ? 0 : 1U << 5U) |
                              (paging.mode == PagingMode::level5 ? 1U << 12U : 0);
    const std::uint32_t efer = (long_mode ? 1U << 8U : 0) | (paging.no_execute ? 1U << 11U : 0);
    put(job + 0, cr4);
    put(job + 4, efer);
    put(job + 8, static_cast<std::uint32_t>(paging.cr3));
    put(job + 12, static_cast<std::uint32_t>(long_mode));
    put(job + 16, static_cast<std::uint32_t>(addresses.size()));
    put(job + 20, std::uint32_t{0});
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        put(probes + 8 * i, addresses[i]);
        put(orders + i, static_cast<std::uint8_t>(may_execute[i]));
    }
}

std::vector<std::string> GuestMemory::arguments() const {
    return {"-machine", "pc,accel=tcg,memory-backend=ram",
            "-cpu",     "max",
            "-object",  "memory-backend-file,id=ram,share=on,size=128M,mem-path=" + file_,
            "-m",       "128M"};
}

bool GuestMemory::done() const {
    return *reinterpret_cast<const volatile std::uint32_t*>(bytes_ + job + 20) == 1;
}

ProbeResult GuestMemory::result(std::size_t probe) const {
    ProbeResult result;
    std::memcpy(&result, bytes_ + results + probe * sizeof result, sizeof result);
    return result;
}

std::span<const std::byte> GuestMemory::bytes() const {
    return {bytes_, layout::memory_end};
}

}  // namespace openbar::testing
