/// Everything that one device is and has; one file beside this for each part of its behaviour.
///
/// Lock order: power, hardware, tables, waits, interrupt. Which lock guards what is said at each
/// member. `phase` and `powered` change under hardware_exclusive *and* tables, and so can be read
/// under either.
#pragma once

#include "driver/core/counters.hpp"
#include "driver/core/device.hpp"
#include "driver/core/hold.hpp"
#include "driver/core/memory.hpp"
#include "driver/core/regions.hpp"
#include "driver/core/session.hpp"
#include "driver/core/waits.hpp"

#include <atomic>
#include <cstdint>

namespace openbar::driver {

enum class Phase : std::uint8_t { stopped, started, stop_pending, remove_pending, gone };

/// How the interrupt routine silences a level-triggered line. Under Lock::interrupt.
struct Silence {
    bool by_registers = false;  ///< else by the PCI 2.3 bits
    bool by_status = false;     ///< write back what was read
    bool port = false;
    std::uint8_t width = 4;
    void* status_address = nullptr;  ///< in the region's kernel view, or
    void* silence_address = nullptr;
    std::uint64_t status_port = 0;  ///< a port
    std::uint64_t silence_port = 0;
    std::uint64_t status_mask = 0;
    std::uint64_t value = 0;
};

struct Vector {
    // Under Lock::tables.
    bool owned = false;        ///< by an object of some handle
    std::uint32_t region = 0;  ///< that its silencing goes to

    // Under Lock::interrupt.
    bool enabled = false;
    std::uint32_t fresh = 0;  ///< interrupts since `drain` last looked
    std::uint64_t fresh_status = 0;
    Nanoseconds time = 0;
    Silence silence{};

    // Under Lock::waits.
    bool masked = false;  ///< by request; not by the interrupt routine
    std::uint64_t count = 0;
    std::uint64_t status = 0;  ///< gathered, not yet told to a wait
    Nanoseconds newest = 0;
    WaitList waits{};
};

struct Device::State {
    explicit State(Kernel& with) : kernel(with) {}

    Kernel& kernel;
    Device device{*this};
    Counters counters{};

    Phase phase = Phase::stopped;
    bool powered = false;
    /// How many are about to take the hardware away: polls and bulk transfers see it and end.
    std::atomic<std::uint32_t> leaving{0};

    // Set by start() under hardware_exclusive and tables, constant until the next.
    Resources resources{};
    Settings settings{};
    Configuration configuration{};
    Region regions[OPENBAR_MAX_REGIONS]{};
    bool can_disable_intx = false;
    bool resets_by_express = false;
    bool resets_by_features = false;
    std::uint32_t vector_count = 0;
    Vector* vectors = nullptr;

    // Under Lock::tables.
    Session* sessions = nullptr;
    std::uint32_t session_count = 0;
    std::uint64_t next_serial = 1;
    /// The one handle that may have vectors, DMA memory and the bus: only so can the bus master be
    /// stopped before memory that it may write to goes back to the kernel.
    Session* controller = nullptr;
    std::uint32_t vectors_enabled = 0;
    std::uint64_t dma_bytes = 0;

    // Under Lock::interrupt.
    bool reachable = false;  ///< the interrupt routine may touch the hardware
    bool want_bus_master = false;
    bool want_intx = false;
    // Of the last look at the command register; written under Lock::interrupt, and read without it,
    // because each step of a program asks.
    std::atomic<bool> memory_decoded{false};
    std::atomic<bool> ports_decoded{false};

    [[nodiscard]] bool has_messages() const { return resources.message_interrupts != 0; }

    // --- lifecycle.cpp
    [[nodiscard]] Status take_resources(const Resources& given, const Settings& chosen);
    [[nodiscard]] Status make_vectors();
    void release_hardware();
    [[nodiscard]] Status start(const Resources& given, const Settings& chosen);
    [[nodiscard]] Status query(Phase wanted);
    void cancel_query(Phase pending);
    void leave(Phase to, bool touch_hardware);

    // --- sessions.cpp
    [[nodiscard]] Status open(Session*& session);
    void end(Session& session);
    void close(Session* session);
    void process_exited(Process process);
    [[nodiscard]] Status claim(Session& session, const openbar_switch& in);
    [[nodiscard]] Status claim_for(Session& session);
    void unclaim(Session& session);
    [[nodiscard]] Status may_create(const Session& session) const;

    // --- objects.cpp
    [[nodiscard]] Object* new_object(ObjectKind kind, std::uint32_t pieces);
    [[nodiscard]] Status adopt(Session& session, Object& object);
    void give_back(Session& session, Object& object, Status waits_end, Finished& finished);
    void forget(Session& session, Object& object);
    [[nodiscard]] Status let_go(Session& session, std::uint64_t id, ObjectKind kind);
    void revoke_all(bool mappings_only, Status waits_end, Finished& finished);
    void release_all(Session& session, Status waits_end, Finished& finished);

    // --- requests.cpp
    [[nodiscard]] Status control(Session& session, Request& request);
    [[nodiscard]] Status dispatch(Session& session, Request& request);

    // --- describe.cpp
    [[nodiscard]] Status describe(Session& session, openbar_description& out);
    [[nodiscard]] Status count(Session& session, openbar_counters& out);

    // --- mapping.cpp
    [[nodiscard]] Status map(Session& session, const openbar_map& in, openbar_mapping& out);
    [[nodiscard]] Status unmap(Session& session, const openbar_object& in);
    [[nodiscard]] Status need_view(Region& region);
    void drop_view(Region& region);
    [[nodiscard]] Status place(Session& session, const Region& region, std::uint64_t first,
                               Object& object);
    [[nodiscard]] Status map_pieces(const Region& region, std::uint64_t first, Object& object);
    void give_back_pieces(Session& session, Object& object);

    // --- program.cpp, bulk.cpp
    [[nodiscard]] Status program(Session& session, Request& request);
    [[nodiscard]] Status bulk(Session& session, Request& request, bool writing);

    // --- vectors.cpp
    [[nodiscard]] Status enable_vector(Session& session, const openbar_enable_vector& in,
                                       openbar_object& out);
    [[nodiscard]] Status disable_vector(Session& session, const openbar_object& in);
    [[nodiscard]] Status mask_vector(Session& session, const openbar_object& in, bool masked);
    [[nodiscard]] Status wait_vector(Session& session, Request& request);
    [[nodiscard]] Status check_vector(const openbar_enable_vector& in) const;
    [[nodiscard]] Status make_silence(const openbar_enable_vector& in, Silence& silence);
    [[nodiscard]] Status connect(Vector& vector, const Silence& silence, std::uint32_t region);
    void disable(Vector& vector, Status waits_end, Finished& finished);
    [[nodiscard]] Status find_vector(Session& session, std::uint64_t id, Vector*& vector) const;
    void set_masked(Vector& vector, bool masked, Finished& finished);
    [[nodiscard]] Status begin_wait(Wait& wait);

    // --- interrupts.cpp
    [[nodiscard]] bool interrupt(std::uint32_t message);
    void deferred(std::uint32_t message);
    void cancel(PendedRequest& pended);
    [[nodiscard]] std::uint64_t line_status(const Silence& silence);
    void silence_line(const Silence& silence, std::uint64_t value);
    [[nodiscard]] bool take_line(const Silence& silence, std::uint64_t& status);
    void stop_storm(Vector& vector);
    [[nodiscard]] bool is_absent();
    void drain(Vector& vector);
    void fill(Wait& wait, const Vector& vector);
    void deliver(Vector& vector, Finished& finished);

    // --- dma.cpp
    [[nodiscard]] Status begin_dma(Session& session, std::uint64_t bytes);
    [[nodiscard]] Status abandon(Session& session, Object* object, Status status);
    [[nodiscard]] Status allocate_dma(Session& session, const openbar_allocate_dma& in,
                                      openbar_dma& out);
    [[nodiscard]] Status pin(Session& session, const openbar_pin& in, openbar_dma& out);
    [[nodiscard]] Status dma_segments(Session& session, const openbar_dma_query& in,
                                      openbar_dma_segments& out);
    [[nodiscard]] Status free_dma(Session& session, const openbar_object& in);
    [[nodiscard]] Status bus_master(Session& session, const openbar_switch& in);

    // --- command.cpp
    void apply_command();
    void update_bus_master();
    void stop_bus_master();
    [[nodiscard]] bool bus_master_is(bool on);
    void set_intx(bool wanted);
    void set_reachable(bool yes);
    [[nodiscard]] bool decodes(const Region& region) const;
    void probe_intx_disable();

    // --- power.cpp
    void power_down();
    void power_up();
    [[nodiscard]] Status wake();
    void sleep_if_idle();
    [[nodiscard]] Status awake(Session& session, const openbar_switch& in);
    [[nodiscard]] bool somebody_needs_power() const;

    // --- function_reset.cpp
    [[nodiscard]] Status reset(Session& session);
    [[nodiscard]] bool can_reset() const;
    void probe_reset();
};

}  // namespace openbar::driver
