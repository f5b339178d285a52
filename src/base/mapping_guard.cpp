#include "base/mapping_guard.hpp"

#include "base/page.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <cstring>
#include <utility>

namespace openbar {
namespace {

/// Puts a page of ones in place of the one that holds `address`, in one step, so that another
/// thread never finds a hole there.
bool replace_page(std::uintptr_t address) noexcept {
    const std::size_t size = page_size();
    void* ones = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (ones == MAP_FAILED) return false;
    std::memset(ones, 0xff, size);
    auto* page = reinterpret_cast<void*>(address & ~(size - 1));
    if (::mremap(ones, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, page) == page) return true;
    ::munmap(ones, size);
    return false;
}

}  // namespace

class MappingGuard::Lost final : public FaultHandler, public MappingLoss {
public:
    using MappingLoss::MappingLoss;
    bool handle(const Fault& fault) noexcept override {
        if (!replace_page(fault.address)) return false;
        tell();
        return true;
    }
};

Result<MappingGuard> MappingGuard::watch(std::span<std::byte> memory, const std::string& notice) {
    static_cast<void>(page_size());  // asked once, and not in a handler
    auto lost = std::make_unique<Lost>(notice);
    OPENBAR_TRY(watch, FaultWatch::start(memory, FaultKind::lost, *lost));
    return MappingGuard(std::move(lost), std::move(watch));
}

MappingGuard::MappingGuard(std::unique_ptr<Lost> lost, FaultWatch watch) noexcept
    : lost_(std::move(lost)), watch_(std::move(watch)) {}
MappingGuard::MappingGuard(MappingGuard&& other) noexcept = default;
MappingGuard& MappingGuard::operator=(MappingGuard&& other) noexcept {
    std::swap(lost_, other.lost_);
    std::swap(watch_, other.watch_);
    return *this;
}
MappingGuard::~MappingGuard() = default;

MappingLoss* MappingGuard::loss() const noexcept {
    return lost_.get();
}

bool MappingGuard::faulted() const noexcept {
    return lost_ != nullptr && lost_->faulted;
}

}  // namespace openbar
