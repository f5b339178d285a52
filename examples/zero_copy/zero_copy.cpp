// Zero-copy: the card reads a file straight from the page cache.
//
//     zero_copy sim:edu FILE           (or QEMU's edu through VFIO: zero_copy vfio:00:04.0 FILE)
//
// The file is mapped, the mapping pinned, and the card reads it piece by piece into its own buffer:
// no byte of it passes through this program. To show that the right bytes arrived, the card then
// writes each piece into a DMA buffer, which is compared with the file.
#include "openbar/openbar.hpp"

#include "examples/registers/edu_dma.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <iostream>
#include <span>

namespace {

constexpr std::size_t piece_size = 2048;
constexpr std::uint64_t reach = edu::DmaEngine::reach;

class MappedFile {
public:
    explicit MappedFile(const char* path) {
        const int file = ::open(path, O_RDONLY | O_CLOEXEC);
        struct stat status {};
        if (file < 0 || ::fstat(file, &status) != 0 || status.st_size == 0) return;
        const auto size = static_cast<std::size_t>(status.st_size);
        void* const base = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0);
        ::close(file);
        if (base != MAP_FAILED) bytes_ = {static_cast<const std::byte*>(base), size};
    }
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile() {
        if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
    }
    [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

private:
    std::span<const std::byte> bytes_;
};

int fail(const openbar::Error& error) {
    std::cerr << error.message() << "\n";
    return 1;
}

int run(const char* address, const char* path) {
    const MappedFile file(path);
    if (file.bytes().empty()) {
        std::cerr << path << ": " << std::strerror(errno) << ", or empty\n";
        return 1;
    }
    auto device = openbar::Device::open(address);
    if (!device) return fail(device.error());
    const auto pinned = device->pin_read_only(file.bytes(), {.highest_address = reach});
    if (!pinned) return fail(pinned.error());
    const auto check = device->allocate_dma(piece_size, {.highest_address = reach});
    if (!check) return fail(check.error());
    if (auto mastering = device->set_bus_master(true); !mastering) return fail(mastering.error());
    const edu::DmaEngine engine(*device->region(edu::bar));

    std::size_t done = 0;
    for (const openbar::DmaSegment& segment : pinned->segments()) {
        for (std::uint64_t at = 0; at < segment.size;) {
            const auto length =
                static_cast<std::size_t>(std::min<std::uint64_t>(piece_size, segment.size - at));
            if (auto in = engine.read_memory(*pinned, done, length); !in) return fail(in.error());
            if (auto out = engine.write_memory(*check, 0, length); !out) return fail(out.error());
            if (!std::ranges::equal(check->span().first(length),
                                    file.bytes().subspan(done, length))) {
                std::cerr << "wrong bytes arrived, from byte " << done << " on\n";
                return 1;
            }
            at += length;
            done += length;
        }
    }
    std::cout << "the card read " << done << " bytes of " << path << " in "
              << pinned->segments().size() << " segment(s), without a copy\n";
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    if (count == 3) return run(arguments[1], arguments[2]);
    std::cerr << "usage: zero_copy DEVICE FILE\n";
    return 2;
}
