#include "base/failure.hpp"
#include "base/page.hpp"
#include "base/system_calls.hpp"
#include "trap/emulated_mapping.hpp"
#include "trap/trap_handler.hpp"
#include "trap/x86_64/native_execution.hpp"

#include <pthread.h>
#include <sys/mman.h>

#include <cerrno>
#include <limits>
#include <optional>

namespace openbar::trap {
namespace {

class Reserved final : public EmulatedMapping {
public:
    Reserved(std::byte* base, std::size_t size, bool writable, Registers& registers) noexcept
        : base_(base),
          size_(size),
          handler_({reinterpret_cast<std::uintptr_t>(base), size, writable, &registers}) {}
    Reserved(const Reserved&) = delete;
    Reserved& operator=(const Reserved&) = delete;
    ~Reserved() override {
        watch_.reset();
        ::munmap(base_, size_);
    }

    [[nodiscard]] Result<void> watch() {
        OPENBAR_TRY(started, FaultWatch::start({base_, size_}, FaultKind::trapped, handler_));
        watch_.emplace(std::move(started));
        return {};
    }
    [[nodiscard]] std::byte* base() const noexcept override { return base_; }

private:
    std::byte* base_;
    std::size_t size_;
    TrapHandler handler_;
    std::optional<FaultWatch> watch_;
};

/// What every trap needs, once for a process.
void prepare_process() {
    static const bool once = [] {
        // Without it, instructions that do more than move data are refused.
        static_cast<void>(prepare_native_execution());
        ::pthread_atfork(lock_native_execution, unlock_native_execution, unlock_native_execution);
        return true;
    }();
    static_cast<void>(once);
}

}  // namespace

bool EmulatedMapping::supported() noexcept {
    return true;
}

Result<std::unique_ptr<EmulatedMapping>> EmulatedMapping::create(std::uint64_t size, bool writable,
                                                                 Registers& registers) {
    constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::ptrdiff_t>::max());
    if (size == 0 || size > largest - page_size())
        return failure(ErrorCode::resource_exhausted, "an address space has no room for it");
    prepare_process();
    const auto length = static_cast<std::size_t>(pages_around({0, size}).length);
    void* const base =
        system_calls::mmap(length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) return system_failure(errno, "mmap");
    auto reserved =
        std::make_unique<Reserved>(static_cast<std::byte*>(base), length, writable, registers);
    OPENBAR_TRY(watched, reserved->watch());
    return std::unique_ptr<EmulatedMapping>(std::move(reserved));
}

}  // namespace openbar::trap
