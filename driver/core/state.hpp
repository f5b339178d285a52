/// Everything that one device is and has, in parts along its locks; one file beside this for each
/// part of its behaviour.
#pragma once

#include "driver/core/counters.hpp"
#include "driver/core/device.hpp"
#include "driver/core/hardware.hpp"
#include "driver/core/locks.hpp"
#include "driver/core/memory.hpp"
#include "driver/core/session.hpp"
#include "driver/core/vectors.hpp"
#include "driver/core/waits.hpp"

#include <atomic>
#include <cstdint>

namespace openbar::driver {

/// Who uses a region, so that its memory type must stay.
struct RegionUse {
    std::uint32_t mappings = 0;    ///< of user processes
    std::uint32_t interrupts = 0;  ///< interrupt routines that work through its view
};

/// What is taken back from all handles.
enum class Revoke : std::uint8_t { mappings, vectors, everything };

/// How an object is given back.
struct Ending {
    Status waits = Status::cancelled;  ///< what its waits end with
    /// The program does not know: its addresses stay reserved.
    bool by_surprise = false;
};

/// Who has what. Under Lock::tables.
struct Tables {
    Standing standing{};
    /// How often the device was started: what was begun before a stop does not go on after it.
    std::uint32_t starts = 0;
    bool falls_asleep = false;   ///< sleep has been asked for, and not come yet
    bool bus_reachable = false;  ///< the configuration space may be touched
    bool resetting = false;
    // Of Hardware: copies for those who do not hold that lock.
    bool readable = false;           ///< there is a configuration space
    bool has_line = false;           ///< and no messages
    bool may_write_command = false;  ///< it is no bridge
    bool sleeps_when_closed = false;
    bool opens_are_restricted = false;
    std::uint32_t dma_policy = OPENBAR_DMA_OFF;
    std::uint64_t max_dma = 0;
    Session* sessions = nullptr;
    std::uint32_t session_count = 0;
    std::uint64_t next_serial = 1;
    /// The one handle that may have vectors, DMA memory and the bus: only so can the bus master be
    /// stopped before memory that it may write to goes back to the kernel.
    Session* controller = nullptr;
    std::uint32_t vectors_enabled = 0;
    bool connected = false;  ///< the interrupts
    VectorOwnership* vectors = nullptr;
    std::uint64_t dma_bytes = 0;
    bool wants_bus_master = false;
    bool mastered_bus = false;        ///< for a program, since the device was started
    std::uint16_t command_found = 0;  ///< the command register then
    RegionUse uses[OPENBAR_MAX_REGIONS]{};
};

struct Device::State {
    explicit State(Kernel& with) : kernel(with) {}

    Kernel& kernel;
    Device device{*this};
    Counters counters{};

    Hardware hardware OPENBAR_GUARDED(hardware){};
    KernelView views[OPENBAR_MAX_REGIONS] OPENBAR_GUARDED(views){};
    Tables tables OPENBAR_GUARDED(tables){};
    Session* owners OPENBAR_GUARDED(owners) = nullptr;
    Waiting waiting OPENBAR_GUARDED(waits){};
    Line line OPENBAR_GUARDED(interrupt){};

    /// How many are about to take the hardware away: polls and bulk transfers see it and end.
    std::atomic<std::uint32_t> leaving{0};
    // Of the last look at the command register, because each step of a program asks.
    std::atomic<bool> memory_decoded{false};
    std::atomic<bool> ports_decoded{false};

    // --- lifecycle.cpp
    [[nodiscard]] Status start(const Resources& given, const Settings& chosen);
    [[nodiscard]] Status query(Phase wanted);
    void cancel_query(Phase pending);
    void leave(Phase to, bool touch_hardware);
    [[nodiscard]] Status take_resources(const Resources& given, const Settings& chosen)
        OPENBAR_NEEDS(hardware);
    [[nodiscard]] Status make_vectors() OPENBAR_NEEDS(hardware) OPENBAR_NEEDS(objects);
    void free_vectors() OPENBAR_NEEDS(hardware) OPENBAR_NEEDS(objects);
    void publish_hardware() OPENBAR_NEEDS(hardware) OPENBAR_NEEDS(tables);
    void release_hardware() OPENBAR_NEEDS(hardware) OPENBAR_NEEDS(objects);
    void set_standing(Phase phase, bool powered) OPENBAR_NEEDS(hardware) OPENBAR_NEEDS(tables);

    // --- sessions.cpp
    [[nodiscard]] Status open(Session*& session, bool administrator);
    [[nodiscard]] Status may_open();
    void end(Session& session);
    void close(Session* session);
    [[nodiscard]] Status claim(Session& session, const openbar_switch& in);
    [[nodiscard]] Status claim_for(Session& session) OPENBAR_NEEDS(tables);
    void unclaim(Session& session) OPENBAR_NEEDS(tables);
    [[nodiscard]] Status may_create(const Session& session) const OPENBAR_NEEDS(tables);

    // --- processes.cpp
    void add_owner(Session& session) OPENBAR_NEEDS(tables);
    void remove_owner(Session& session) OPENBAR_NEEDS(tables);
    [[nodiscard]] bool owns(Process process);
    void process_exited(Process process);

    // --- objects.cpp
    [[nodiscard]] Object* new_object(ObjectKind kind, std::uint32_t pieces);
    [[nodiscard]] Status adopt(Session& session, Object& object) OPENBAR_NEEDS(tables);
    void abandon(Session& session, Object& object);
    void give_back(Session& session, Object& object, Ending ending, Finished& finished)
        OPENBAR_NEEDS(objects) OPENBAR_WITHOUT(tables);
    void give_back_dma(Session& session, Object& object, Ending ending) OPENBAR_WITHOUT(tables);
    void discard(Session& session, Object* object, bool owner_lives, Finished& finished)
        OPENBAR_NEEDS(objects) OPENBAR_WITHOUT(tables);
    [[nodiscard]] Status let_go(Session& session, std::uint64_t id, ObjectKind kind);
    [[nodiscard]] Object* take_out(Session& session) OPENBAR_WITHOUT(tables);
    [[nodiscard]] Object* revoke_next(Session& session, std::uint32_t& slot, Revoke what)
        OPENBAR_WITHOUT(tables);
    void revoke_all(Revoke what, Status waits_end, Finished& finished) OPENBAR_NEEDS(objects)
        OPENBAR_WITHOUT(tables);
    void release_all(Session& session, bool owner_lives, Finished& finished) OPENBAR_NEEDS(objects)
        OPENBAR_WITHOUT(tables);

    // --- requests.cpp
    [[nodiscard]] Status control(Session& session, Request& request);
    [[nodiscard]] Status dispatch(Session& session, Request& request);

    // --- describe.cpp
    [[nodiscard]] Status describe(Session& session, openbar_description& out);
    [[nodiscard]] Status count(Session& session, openbar_counters& out);

    // --- views.cpp
    [[nodiscard]] Status need_view(std::uint32_t region, KernelView& view)
        OPENBAR_NEEDS_SHARED(hardware);
    void drop_views() OPENBAR_NEEDS(hardware);
    [[nodiscard]] Status change_type(std::uint32_t region, std::uint32_t asked);

    // --- mapping.cpp
    [[nodiscard]] Status map(Session& session, const openbar_map& in, openbar_mapping& out);
    [[nodiscard]] Status map_as_it_is(Session& session, const openbar_map& in, bool may_change,
                                      openbar_mapping& out);
    [[nodiscard]] Status place(Session& session, const Region& region, std::uint64_t first,
                               Object& object);
    [[nodiscard]] Status map_pieces(const Region& region, std::uint64_t first, Object& object);
    void unmap_pieces(Session& session, Object& object, bool keep_addresses)
        OPENBAR_WITHOUT(tables);
    void release_addresses(Session& session, Object& object) OPENBAR_WITHOUT(tables);
    [[nodiscard]] Status mapping_state(Session& session, const openbar_object& in,
                                       openbar_mapping_state& out);
    [[nodiscard]] Status unmap(Session& session, const openbar_object& in);

    // --- program.cpp, bulk.cpp
    [[nodiscard]] Status program(Session& session, Request& request);
    [[nodiscard]] Status bulk(Session& session, Request& request, bool writing);

    // --- vectors.cpp
    [[nodiscard]] Status enable_vector(Session& session, const openbar_enable_vector& in,
                                       openbar_object& out);
    [[nodiscard]] Status enable_as_it_is(Session& session, const openbar_enable_vector& in,
                                         openbar_object& out);
    [[nodiscard]] Status disable_vector(Session& session, const openbar_object& in);
    [[nodiscard]] Status mask_vector(Session& session, const openbar_object& in, bool masked);
    [[nodiscard]] Status wait_vector(Session& session, Request& request);
    [[nodiscard]] Status check_vector(const Session& session, const openbar_enable_vector& in) const
        OPENBAR_NEEDS_SHARED(hardware);
    [[nodiscard]] Status make_silence(const openbar_enable_vector& in, Silence& silence)
        OPENBAR_NEEDS_SHARED(hardware);
    [[nodiscard]] Status reserve_vector(Session& session, Object& object,
                                        const openbar_enable_vector& in, bool wrong_type)
        OPENBAR_WITHOUT(tables);
    [[nodiscard]] Status connect(std::uint32_t index, const Silence& silence) OPENBAR_NEEDS(objects)
        OPENBAR_WITHOUT(tables);
    void end_waits(std::uint32_t index, Status status, Finished& finished) OPENBAR_NEEDS(waits);
    void disable(std::uint32_t index, Status waits_end, Finished& finished) OPENBAR_NEEDS(objects)
        OPENBAR_WITHOUT(tables);
    [[nodiscard]] Status find_vector(Session& session, std::uint64_t id, std::uint32_t& index) const
        OPENBAR_NEEDS(tables);
    void set_masked(std::uint32_t index, bool masked, Finished& finished) OPENBAR_NEEDS(tables);
    [[nodiscard]] Status begin_wait(Wait& wait) OPENBAR_NEEDS(tables);

    // --- interrupts.cpp
    [[nodiscard]] bool interrupt(std::uint32_t message) OPENBAR_NEEDS(interrupt);
    void deferred(std::uint32_t message);
    void cancel(PendedRequest& pended);
    [[nodiscard]] std::uint64_t line_status(const Silence& silence) OPENBAR_NEEDS(interrupt);
    void silence_line(const Silence& silence, std::uint64_t value) OPENBAR_NEEDS(interrupt);
    [[nodiscard]] bool take_line(std::uint64_t& status) OPENBAR_NEEDS(interrupt);
    [[nodiscard]] bool line_interrupt() OPENBAR_NEEDS(interrupt);
    void shut_off_line() OPENBAR_NEEDS(interrupt);
    [[nodiscard]] bool disable_intx(bool& asserted) OPENBAR_NEEDS(interrupt);
    void note_arrival(std::uint32_t index, std::uint64_t status) OPENBAR_NEEDS(interrupt);
    void brake() OPENBAR_NEEDS(interrupt);
    void note_storm() OPENBAR_NEEDS(interrupt);
    [[nodiscard]] Status may_arm();
    void suspect_the_device() OPENBAR_NEEDS(interrupt);
    [[nodiscard]] bool is_absent() OPENBAR_NEEDS(interrupt);
    void drain(std::uint32_t index) OPENBAR_NEEDS(waits);
    void fill(Wait& wait, const VectorWaits& vector) OPENBAR_NEEDS(waits);
    void deliver(VectorWaits& vector, Finished& finished) OPENBAR_NEEDS(waits);
    void deliver_all(Finished& finished) OPENBAR_WITHOUT(tables);

    // --- dma.cpp
    [[nodiscard]] Status reserve_dma(Session& session, Object& object, std::uint32_t& starts)
        OPENBAR_WITHOUT(tables);
    [[nodiscard]] Status keep_dma(Session& session, Object& object, std::uint32_t starts)
        OPENBAR_WITHOUT(tables);
    [[nodiscard]] Status allocate_dma(Session& session, const openbar_allocate_dma& in,
                                      openbar_dma& out);
    [[nodiscard]] Status pin(Session& session, const openbar_pin& in, openbar_dma& out);
    [[nodiscard]] Status dma_segments(Session& session, const openbar_dma_query& in,
                                      openbar_dma_segments& out);
    [[nodiscard]] Status free_dma(Session& session, const openbar_object& in);
    [[nodiscard]] Status bus_master(Session& session, const openbar_switch& in);

    // --- command.cpp
    void apply_command() OPENBAR_NEEDS(tables);
    void write_command(std::uint16_t wanted, std::uint16_t old);
    void update_bus_master() OPENBAR_NEEDS(tables);
    void stop_bus_master() OPENBAR_NEEDS(tables);
    [[nodiscard]] bool bus_master_is(bool on) OPENBAR_NEEDS(tables);
    void set_intx(bool wanted) OPENBAR_NEEDS(tables);
    void set_quiet(bool quiet) OPENBAR_NEEDS(tables);
    void hand_on_command() OPENBAR_NEEDS(tables);
    void set_reachable(bool yes) OPENBAR_NEEDS(tables);
    [[nodiscard]] bool decodes(const Region& region) const OPENBAR_NEEDS_SHARED(hardware);
    [[nodiscard]] bool can_disable_intx() OPENBAR_NEEDS(hardware);

    // --- power.cpp
    void power_down();
    void power_up();
    [[nodiscard]] Status wake() OPENBAR_NEEDS(power);
    void sleep_if_idle();
    [[nodiscard]] Status awake(Session& session, const openbar_switch& in);
    [[nodiscard]] bool somebody_needs_power() const OPENBAR_NEEDS(tables);

    // --- function_reset.cpp
    [[nodiscard]] Status reset(Session& session);
    [[nodiscard]] Status may_reset(Session& session) OPENBAR_NEEDS(hardware) OPENBAR_NEEDS(tables);
    void probe_reset() OPENBAR_NEEDS(hardware);
};

}  // namespace openbar::driver
