#include "tests/wine/hardware/card_host.hpp"

#include "tests/wine/hardware/complaints.hpp"
#include "tests/worst_case/windows.hpp"

namespace openbar::hardware {
namespace {

constexpr std::uint32_t command = 0x04;
constexpr std::uint64_t command_ports_and_memory = 0x3;
constexpr std::uint32_t bar0 = 0x10;
constexpr std::uint32_t capabilities = 0x34;
constexpr std::uint64_t msi_id = 0x05;
constexpr std::uint64_t msi_enable = 0x0001;
constexpr std::uint64_t all_ones = ~std::uint64_t{0};

}  // namespace

CardHost::CardHost(std::unique_ptr<simulator::Model> model, DeviceMemory& memory)
    : model_(std::move(model)), memory_(memory), configuration_(model_->description()) {
    model_->attach(*this);
    configuration_.write(bar0 + 4 * bar(false)->index, 4, bar_start);
    if (const auto* ports = bar(true)) configuration_.write(bar0 + 4 * ports->index, 4, first_port);
    configuration_.write(command, 2, command_ports_and_memory);
    // The driver host ends by being ended; nobody waits for this thread.
    start_detached_thread([this] { run(); });
}

std::uint64_t CardHost::bar_length() const {
    return bar(false)->size;
}

std::uint64_t CardHost::port_count() const {
    const auto* ports = bar(true);
    return ports != nullptr ? ports->size : 0;
}

const CardHost::RegionDescription* CardHost::bar(bool port_io) const {
    for (const RegionDescription& region : model_->description().regions)
        if (region.port_io == port_io) return &region;
    return nullptr;
}

bool CardHost::answers(const RegionDescription& bar) const {
    return plugged_ && powered_ &&
           (bar.port_io ? configuration_.io_enabled() : configuration_.memory_enabled());
}

std::uint64_t CardHost::read_bar(const RegionDescription& bar, std::uint64_t offset,
                                 unsigned width) {
    std::lock_guard held(lock_);
    if (answers(bar)) return model_->read(bar.index, offset, width);
    if (plugged_) ++touched_while_off_;
    return all_ones;
}

void CardHost::write_bar(const RegionDescription& bar, std::uint64_t offset, unsigned width,
                         std::uint64_t value) {
    std::lock_guard held(lock_);
    if (answers(bar)) return model_->write(bar.index, offset, width, value);
    if (plugged_) ++touched_while_off_;
}

std::uint64_t CardHost::read_register(std::uint64_t offset, unsigned width) {
    return read_bar(*bar(false), offset, width);
}

void CardHost::write_register(std::uint64_t offset, unsigned width, std::uint64_t value) {
    write_bar(*bar(false), offset, width, value);
}

bool CardHost::has_port(std::uint16_t port) const {
    return port >= first_port && port - first_port < static_cast<int>(port_count());
}

std::uint64_t CardHost::read_port(std::uint16_t port, unsigned width) {
    return read_bar(*bar(true), port - first_port, width);
}

void CardHost::write_port(std::uint16_t port, unsigned width, std::uint64_t value) {
    write_bar(*bar(true), port - first_port, width, value);
}

std::uint64_t CardHost::read_configuration(std::uint64_t offset, unsigned width) {
    std::lock_guard held(lock_);
    return plugged_ ? configuration_.read(offset, width) : all_ones;
}

void CardHost::write_configuration(std::uint64_t offset, unsigned width, std::uint64_t value) {
    std::lock_guard held(lock_);
    if (plugged_) configuration_.write(offset, width, value);
    changed_.notify_all();
}

void CardHost::set_powered(bool on) {
    std::lock_guard held(lock_);
    powered_ = on;
}

void CardHost::unplug() {
    std::lock_guard held(lock_);
    plugged_ = false;
    actions_.clear();
    messages_waiting_ = 0;
}

// What the bus driver does for IoConnectInterruptEx, and no other driver may.
void CardHost::enable_messages(bool on) {
    std::uint64_t at = configuration_.read(capabilities, 1);
    while (at != 0 && configuration_.read(at, 1) != msi_id) at = configuration_.read(at + 1, 1);
    if (at == 0) return;
    const std::uint64_t control = configuration_.read(at + 2, 2);
    configuration_.write(at + 2, 2, on ? control | msi_enable : control & ~msi_enable);
}

void CardHost::connect(hardware_interrupt routine, void* context, bool messages) {
    std::lock_guard held(lock_);
    routine_ = routine;
    context_ = context;
    with_messages_ = messages;
    enable_messages(messages);
    changed_.notify_all();
}

void CardHost::disconnect() {
    std::unique_lock held(lock_);
    complain_if_asserted("asserted when it is disconnected");
    routine_ = nullptr;
    paused_ = false;
    messages_waiting_ = 0;
    enable_messages(false);
    changed_.wait(held, [this] { return !in_routine_; });
}

void CardHost::pause(bool on) {
    std::unique_lock held(lock_);
    if (on) complain_if_asserted("asserted when its routine becomes inactive");
    paused_ = on;
    changed_.notify_all();
    changed_.wait(held, [this] { return !in_routine_; });
}

/// Nobody would silence it any more, and the drivers of a neighbour on the line would be called for
/// ever.
void CardHost::complain_if_asserted(const char* when) {
    if (routine_ != nullptr && !with_messages_ && powered_ && plugged_ &&
        configuration_.intx_asserted())
        complain("interrupt line", when, 0);
}

bool CardHost::read(std::uint64_t iova, std::span<std::byte> destination) {
    return plugged_ && configuration_.bus_master() && memory_.read(iova, destination);
}

bool CardHost::write(std::uint64_t iova, std::span<const std::byte> source) {
    return plugged_ && configuration_.bus_master() && memory_.write(iova, source);
}

void CardHost::set_interrupt_line(bool asserted) {
    configuration_.set_interrupt_line(asserted);
    changed_.notify_all();
}

bool CardHost::send_message(std::uint16_t vector) {
    if (!configuration_.msi_enabled()) return false;
    // A message is a write on the bus: without bus mastering it goes nowhere.
    if (!plugged_ || !configuration_.bus_master()) return true;
    messages_waiting_ |= 1u << vector;
    changed_.notify_all();
    return true;
}

std::chrono::nanoseconds CardHost::now() {
    return Clock::now().time_since_epoch();
}

void CardHost::at(std::chrono::nanoseconds when, std::function<void()> action) {
    actions_.emplace(when, std::move(action));
    changed_.notify_all();
}

/// One call of the interrupt routine, if one is due; the lock is open meanwhile.
bool CardHost::deliver_one(std::unique_lock<Mutex>& held) {
    if (routine_ == nullptr || !plugged_ || paused_ || masked_) return false;
    std::uint32_t message = 0;
    if (with_messages_) {
        if (messages_waiting_ == 0) return false;
        while ((messages_waiting_ >> message & 1) == 0) ++message;
        messages_waiting_ &= ~(1u << message);
    } else if (!powered_ || !configuration_.intx_asserted()) {
        rounds_ = 0;
        return false;
    } else if (++rounds_ == worst_case::most_rounds) {
        complain("interrupt routine", "a processor does nothing else, rounds", rounds_);
        masked_ = true;
        return false;
    }
    const auto routine = routine_;
    void* context = context_;
    in_routine_ = true;
    ++interrupts_;
    held.unlock();
    routine(context, message);
    held.lock();
    in_routine_ = false;
    changed_.notify_all();
    return true;
}

void CardHost::run() {
    std::unique_lock held(lock_);
    for (;;) {
        while (!actions_.empty() && actions_.begin()->first <= now()) {
            const auto action = actions_.extract(actions_.begin());
            action.mapped()();
        }
        if (deliver_one(held)) continue;
        const auto next =
            actions_.empty() ? now() + std::chrono::milliseconds(50) : actions_.begin()->first;
        changed_.wait_for(held, std::max(next - now(), std::chrono::nanoseconds(1000)));
    }
}

}  // namespace openbar::hardware
