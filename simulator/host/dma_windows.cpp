#include "simulator/host/dma_windows.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace openbar::simulator {

bool DmaWindows::overlaps(std::uint64_t iova, std::uint64_t size) const {
    const auto after = windows_.upper_bound(iova);
    if (after != windows_.end() && after->first - iova < size) return true;
    if (after == windows_.begin()) return false;
    const auto& [start, window] = *std::prev(after);
    return iova - start < window.size;
}

DmaWindows::Refusal DmaWindows::check(std::uint64_t iova, std::uint64_t size) const {
    if (size == 0 || iova + (size - 1) < iova) return Refusal::senseless;
    if (overlaps(iova, size)) return Refusal::taken;
    return windows_.size() >= most_ ? Refusal::too_many : Refusal::none;
}

void DmaWindows::map(std::uint64_t iova, std::uint64_t size, Rights rights,
                     std::unique_ptr<DmaMemory> memory) {
    windows_.emplace(iova, Window{size, rights, std::move(memory)});
}

bool DmaWindows::unmap(std::uint64_t iova, std::uint64_t size) {
    const auto found = windows_.find(iova);
    if (found == windows_.end() || found->second.size != size) return false;
    windows_.erase(found);
    return true;
}

template <typename Move>
bool DmaWindows::for_each_part(std::uint64_t iova, std::size_t size, Move move) const {
    for (std::size_t done = 0; done < size;) {
        const std::uint64_t address = iova + done;
        if (address < iova) return false;  // behind the last address there is none
        const auto after = windows_.upper_bound(address);
        if (after == windows_.begin()) return false;
        const auto& [start, window] = *std::prev(after);
        const std::uint64_t inside = address - start;
        if (inside >= window.size) return false;
        const auto part =
            static_cast<std::size_t>(std::min<std::uint64_t>(size - done, window.size - inside));
        if (!move(window, inside, done, part)) return false;
        done += part;
    }
    return true;
}

bool DmaWindows::read(std::uint64_t iova, std::span<std::byte> destination) const {
    return for_each_part(iova, destination.size(),
                         [&](const Window& window, auto inside, auto first, auto size) {
                             return window.rights.readable &&
                                    window.memory->read(inside, destination.subspan(first, size));
                         });
}

bool DmaWindows::write(std::uint64_t iova, std::span<const std::byte> source) const {
    return for_each_part(iova, source.size(),
                         [&](const Window& window, auto inside, auto first, auto size) {
                             return window.rights.writable &&
                                    window.memory->write(inside, source.subspan(first, size));
                         });
}

}  // namespace openbar::simulator
