#include "driver/core/device.hpp"

#include "driver/core/state.hpp"

namespace openbar::driver {

Device* Device::create(Kernel& kernel) {
    auto* memory = kernel.allocate(sizeof(State));
    if (memory == nullptr) return nullptr;
    return &(::new (memory) State(kernel))->device;
}

void Device::destroy(Device* device) {
    if (device == nullptr) return;
    State& state = device->state_;
    Kernel& kernel = state.kernel;
    state.~State();
    kernel.free(&state);
}

Status Device::start(const Resources& resources, const Settings& settings) {
    return state_.start(resources, settings);
}
Status Device::query_stop() {
    return state_.query(Phase::stop_pending);
}
void Device::cancel_stop() {
    state_.cancel_query(Phase::stop_pending);
}
void Device::stop() {
    state_.leave(Phase::stopped, true);
}
Status Device::query_remove() {
    return state_.query(Phase::remove_pending);
}
void Device::cancel_remove() {
    state_.cancel_query(Phase::remove_pending);
}
void Device::surprise_remove() {
    state_.leave(Phase::gone, false);
}
void Device::remove() {
    state_.leave(Phase::gone, true);
}
void Device::power_down() {
    state_.power_down();
}
void Device::power_up() {
    state_.power_up();
}
Status Device::open(Session*& session, bool administrator) {
    return state_.open(session, administrator);
}
void Device::cleanup(Session& session) {
    state_.end(session);
}
void Device::close(Session* session) {
    state_.close(session);
}
bool Device::owns(Process process) {
    return state_.owns(process);
}
void Device::process_exited(Process process) {
    state_.process_exited(process);
}
Status Device::control(Session& session, Request& request) {
    return state_.control(session, request);
}
void Device::cancel(PendedRequest& pended) {
    state_.cancel(pended);
}
bool Device::interrupt(std::uint32_t message) {
    assume_held<Lock::interrupt>();
    return state_.interrupt(message);
}
void Device::deferred(std::uint32_t message) {
    state_.deferred(message);
}

}  // namespace openbar::driver
