/// A kernel for the core to run on in a test: it does what kernel.hpp promises, counts all it has
/// given, makes any call fail on demand, and objects when the core breaks a rule (lock order, IRQL,
/// unmapping in a process that has ended, giving back what it does not have).
///
///     StandInKernel kernel(card);
///     kernel.fail_call = 7;                 // the seventh call that can fail will
///     …
///     EXPECT_EQ(kernel.left(), "");         // nothing: everything has been given back
#pragma once

#include "driver/core/device.hpp"
#include "plain_card.hpp"
#include "tests/worst_case/windows.hpp"
#include "turns.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <vector>

namespace openbar::driver::test {

/// A process of the stand-in. Which one a thread belongs to is set by `InProcess`.
struct StandInProcess {
    std::string name;
    std::atomic<int> references{0};
    std::atomic<bool> ended{false};
    bool is_administrator = true;
    // Addresses to lengths: what the program has put where a view of ours was, and what is reserved.
    // The address of a DMA buffer is that of this program's memory, which the next one may get again.
    std::map<std::uint64_t, std::uint64_t> allocated{};
    std::multimap<std::uint64_t, std::uint64_t> reserved{};
};

class InProcess {
public:
    explicit InProcess(StandInProcess& process);
    ~InProcess();
    InProcess(const InProcess&) = delete;
    InProcess& operator=(const InProcess&) = delete;

private:
    StandInProcess* before_;
};

/// A request of a program's, with the system buffer that Windows would make for it: as long as
/// the longer of input and output, so that an access beyond it is a sanitizer's finding.
struct Irp {
    std::vector<std::uint8_t> buffer;
    std::vector<std::uint8_t> direct;  ///< the locked pages of a direct request
    Request request;
    std::atomic<bool> cancelled{false};
    std::atomic<bool> cancel_routine{false};
    PendedRequest* pended = nullptr;
    std::atomic<bool> pending{false};
    std::atomic<int> completions{0};
    Status status = Status::pending;
    std::uint32_t produced = 0;
};

class StandInKernel final : public Kernel {
public:
    explicit StandInKernel(Card& card) : card_(&card) {}
    /// Puts another card on the bus.
    void use(Card& card) { card_ = &card; }

    worst_case::Worst worst;  ///< what Windows does that it need not do

    // What the test sets before it begins.
    KernelFacts kernel_facts{.page_size = 4096,
                             .max_user_view = std::uint64_t{4} << 30,
                             .max_kernel_view = 16 << 20,
                             .max_width = 8,
                             .driver_version = 1,
                             .has_dma_adapter = true,
                             .can_sleep = true};
    Device* device = nullptr;              ///< that this kernel serves
    const Resources* resources = nullptr;  ///< whose ranges are the card's regions, by index
    bool strict = true;  ///< false under ThreadSanitizer: own locks would hide races
    std::uint64_t ram_start = 0, ram_length = 0;
    /// Of ACPI, the one that says where the configuration space of PCI Express is; empty: none.
    std::vector<std::uint8_t> mcfg = mcfg_of({{0xb0000000, 0, 0, 255}});
    struct ConfigurationSpace {
        std::uint64_t base;
        std::uint16_t segment;
        std::uint8_t first_bus, last_bus;
    };
    [[nodiscard]] static std::vector<std::uint8_t> mcfg_of(
        const std::vector<ConfigurationSpace>& spaces);
    bool starved = false;                 ///< interrupts leave no time for deferred calls
    bool has_configuration = true;        ///< false: the device is not on PCI
    std::function<void()> during_access;  ///< called by every register access
    std::function<void()> during_sleep;   ///< called whenever the core gives up the processor
    std::function<void()> during_storm;   ///< between two calls of the routine: another processor
    std::function<void()> on_release;     ///< called when a lock has been released
    std::function<void()> before_free;    ///< called by free_common and unpin
    std::function<void()> before_map;     ///< called by every map_user

    /// Counts calls that can fail; the one with this number does. 0: none.
    std::atomic<std::uint64_t> fail_call{0};
    std::atomic<std::uint64_t> calls{0};
    /// Any call of one kind fails: "map_user", "allocate", …
    std::string fail_always;

    /// What has been given and not come back, in words; "" when nothing.
    [[nodiscard]] std::string left() const;
    /// What the core did that no kernel would forgive; "" when nothing.
    [[nodiscard]] std::string violations() const;

    void fire(std::uint32_t message);  ///< the interrupt routine, then its deferred call
    [[nodiscard]] bool interrupt(std::uint32_t message);  ///< and what the routine said
    void cancel(Irp& irp);                                ///< CancelIo
    void advance(Nanoseconds duration) { clock_ += duration; }
    [[nodiscard]] bool interrupts_connected() const { return connected_; }
    [[nodiscard]] std::uint64_t user_views() const { return user_views_; }
    [[nodiscard]] std::uint64_t kernel_views() const { return kernel_views_; }
    [[nodiscard]] bool asleep() const { return asleep_; }
    /// The card, or a neighbour, has asserted the line or let it go: what the interrupt controller
    /// does then, on the processor that runs this.
    void line_changed();
    /// Another device on the same line: asserts it until its own driver's routine is called.
    std::atomic<bool> neighbour_asserts{false};
    /// Pages that a pin waits for arrive.
    std::atomic<bool> page_ins_end{false};
    /// The process's addresses are gone, and what was reserved there with them.
    void forget(StandInProcess& process);
    /// What a program that still has the address of a view would reach there.
    [[nodiscard]] std::string what_is_at(const StandInProcess& process, std::uint64_t address);
    /// A thread waits for, or has, Lock::hardware alone.
    [[nodiscard]] bool somebody_wants_exclusive() const { return exclusive_ != 0; }
    /// Bytes of a DMA buffer or pinned range, by the address that the device uses.
    [[nodiscard]] std::uint8_t* memory_at(std::uint64_t iova, std::uint64_t length);
    std::vector<std::pair<std::uint64_t, std::uint64_t>> placed;  ///< by map_user, in order
    std::atomic<MemoryType> last_io_type{MemoryType::uncached};

    // Kernel
    const KernelFacts& facts() const override { return kernel_facts; }
    void* allocate(std::size_t bytes) override;
    void free(void* memory) override;
    void acquire(Lock lock) override;
    void release(Lock lock) override;
    Nanoseconds now() override { return clock_ += 100; }
    void stall(Nanoseconds duration) override { clock_ += duration; }
    void sleep(Nanoseconds duration) override;
    Process current_process() override;
    void reference(Process process) override;
    void dereference(Process process) override;
    Status map_io(std::uint64_t physical, std::uint64_t length, MemoryType type,
                  KernelView& view) override;
    void unmap_io(const KernelView& view) override;
    bool overlaps_ram(std::uint64_t physical, std::uint64_t length) override;
    std::uint32_t read_firmware_table(std::uint32_t signature, void* bytes,
                                      std::uint32_t room) override;
    Status map_user(void* address, std::uint64_t length, MemoryType type, std::uint64_t wanted,
                    UserView& view) override;
    void unmap_user(Process owner, const UserView& view) override;
    bool take_from_user(Process owner, const UserView& view, std::uint64_t length) override;
    void release_user(Process owner, std::uint64_t address, std::uint64_t length) override;
    Status find_user_hole(std::uint64_t length, std::uint64_t& address) override;
    void* direct_buffer(void* irp) override;
    std::uint64_t read_register(const void* address, unsigned width) override;
    void write_register(void* address, unsigned width, std::uint64_t value) override;
    std::uint32_t read_port(std::uint64_t port, unsigned width) override;
    void write_port(std::uint64_t port, unsigned width, std::uint32_t value) override;
    bool read_configuration(std::uint32_t offset, void* bytes, std::uint32_t length) override;
    bool write_configuration(std::uint32_t offset, const void* bytes,
                             std::uint32_t length) override;
    Status connect_interrupts() override;
    void disconnect_interrupts() override;
    void queue_deferred(std::uint32_t vector) override;
    void suspend_interrupts() override;
    Status resume_interrupts() override;
    bool make_cancellable(PendedRequest& pended) override;
    bool claim(PendedRequest& pended) override;
    void complete(PendedRequest& pended) override;
    Status allocate_common(std::uint64_t length, CommonBuffer& buffer) override;
    void free_common(const CommonBuffer& buffer) override;
    Status pin(std::uint64_t address, std::uint64_t length, bool device_writes,
               PinnedPages& pages) override;
    Segment segment(const PinnedPages& pages, std::uint32_t index) override;
    void unpin(const PinnedPages& pages) override;
    Status wake() override;
    Status let_sleep() override;
    void trace(TraceLevel level, const char* what, std::uint64_t number) override;

private:
    struct UserMapping {
        StandInProcess* owner;
        std::uint64_t address, length;
    };
    struct Pinned {
        StandInProcess* owner;
        std::uint64_t address, length;
        std::uint32_t registers;
    };
    struct Target {
        std::uint32_t region;
        std::uint64_t offset;
    };

    /// A lock among threads that take turns.
    struct TurnLock {
        Turns::Turn* owner = nullptr;  ///< the only one, or the next only one
        std::vector<Turns::Turn*> readers{};
    };

    bool fails(const char* name);
    void unmap(const char* name, Process owner, const UserView& view);
    void violation(const std::string& what);
    void passive(const char* name);
    void slow(const char* name);
    void for_ever(const char* name);
    void take_in_turn(Lock lock);
    void release_in_turn(Lock lock);
    /// Waits among threads that take turns; written down where the thread must not wait.
    void wait_in_turn(const char* what, const std::function<bool()>& ready,
                      const std::function<Turns::Turn*()>& holder);
    [[nodiscard]] bool line_is_asserted();
    void require_silence(const char* when);
    void run_deferred();
    void check_configuration_level();
    Target find(std::uint64_t physical, RangeKind kind, unsigned width);

    Card* card_;
    std::atomic<Nanoseconds> clock_{1};
    std::atomic<bool> connected_{false};
    std::atomic<bool> suspended_{false};
    std::atomic<bool> line_masked_{false};  // by the watchdog, so that a test goes on
    std::atomic<bool> asleep_{false};
    std::atomic<int> exclusive_{0};
    std::atomic<std::uint64_t> allocations_{0}, user_views_{0}, kernel_views_{0}, references_{0};
    std::atomic<std::int64_t> reservations_{0};
    std::atomic<std::uint64_t> common_buffers_{0}, pins_{0}, pended_{0};

    std::array<std::mutex, 9> mutexes_;
    std::shared_mutex hardware_;
    std::shared_mutex interrupts_running_;  // held while a routine or a deferred call runs

    std::array<TurnLock, 9> turn_locks_{};

    mutable std::mutex ledger_;  // of what is below; only where `strict`
    std::set<void*> memory_;
    std::map<std::uint64_t, std::uint64_t> io_;  // kernel address to length
    std::map<void*, UserMapping> mapped_;
    std::map<void*, Pinned> pinned_;
    std::map<std::uint64_t, std::pair<std::uint8_t*, std::uint64_t>> dma_;  // by iova
    static constexpr std::uint32_t most_registers = 8;
    std::uint32_t registers_held_ = 0;
    std::uint64_t next_handle_ = 1;
    std::uint64_t next_user_ = 0x10000000;
    std::string violations_;
};

}  // namespace openbar::driver::test
