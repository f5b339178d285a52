// Function-level reset, by the PCI Express capability (PCI Express Base 3.0, 6.6.2) or the
// Advanced Features capability of conventional functions. It clears the configuration space and
// the MSI-X table, so what Windows had written there is saved before and put back after.
#include "driver/core/state.hpp"

namespace openbar::driver {
namespace {

constexpr std::uint32_t express_device_capabilities = 4;
constexpr std::uint32_t express_device_control = 8;
constexpr std::uint32_t express_device_status = 10;
constexpr std::uint32_t can_reset_function = 1u << 28;
constexpr std::uint32_t initiate_reset = 1u << 15;
constexpr std::uint32_t transactions_pending = 1u << 5;
constexpr std::uint32_t features_capabilities = 3;
constexpr std::uint32_t features_control = 4;
constexpr std::uint32_t features_status = 5;
constexpr std::uint32_t features_can_reset = 1u << 1;

// A field of the configuration space that the reset clears, from the start of its structure.
struct Field {
    std::uint8_t offset;
    std::uint8_t width;
};
// Device and link control; the second pair only from version 2 of the capability on.
constexpr Field express_fields[] = {{8, 2}, {16, 2}, {40, 2}, {48, 2}};
constexpr Field message_fields[] = {{4, 4}, {8, 4}, {12, 4}, {16, 4}};  // of MSI
constexpr Field control_field[] = {{2, 2}};  // of MSI and MSI-X: what enables them
// The command register, which lets the function decode its BARs, comes last.
constexpr Field header_fields[] = {{0x3c, 4}, {0x30, 4}, {0x24, 4}, {0x20, 4}, {0x1c, 4},
                                   {0x18, 4}, {0x14, 4}, {0x10, 4}, {0x0c, 4}, {0x04, 2}};

template <std::uint32_t count>
struct Saved {
    const Field (&fields)[count];
    std::uint32_t at;
    std::uint32_t used;  // of the fields; 0: the function has no such structure
    std::uint32_t values[count]{};

    bool save(Kernel& kernel) {
        for (std::uint32_t i = 0; i < used; ++i)
            if (!read_field(kernel, at + fields[i].offset, fields[i].width, values[i]))
                return false;
        return true;
    }
    bool restore(Kernel& kernel) const {
        bool done = true;
        for (std::uint32_t i = 0; i < used; ++i)
            done = write_field(kernel, at + fields[i].offset, fields[i].width, values[i]) && done;
        return done;
    }
};

// The MSI-X table, a word at a time through the view of its region.
class SavedTable {
public:
    explicit SavedTable(Device::State& state) : state_(state) {}
    SavedTable(const SavedTable&) = delete;
    SavedTable& operator=(const SavedTable&) = delete;
    ~SavedTable() {
        if (words_ != nullptr) state_.kernel.free(words_);
    }

    Status save() OPENBAR_NEEDS(hardware) {
        if (state_.hardware.configuration.msix_count == 0) return Status::ok;
        const std::uint32_t bar = state_.hardware.configuration.msix_bar;
        const Region& region = state_.hardware.regions[bar];
        if (region.protected_length == 0) return Status::ok;
        if (region.size > state_.kernel.facts().max_kernel_view) return Status::unsupported;
        KernelView view{};
        if (Status status = state_.need_view(bar, view); status != Status::ok) return status;
        table_ = static_cast<char*>(view.address) + region.protected_offset;
        count_ = static_cast<std::uint32_t>(region.protected_length / 4);
        words_ = static_cast<std::uint32_t*>(state_.kernel.allocate(4 * count_));
        if (words_ == nullptr) return Status::no_memory;
        for (std::uint32_t i = 0; i < count_; ++i)
            words_[i] = static_cast<std::uint32_t>(state_.kernel.read_register(table_ + 4 * i, 4));
        return Status::ok;
    }
    void restore() const {
        for (std::uint32_t i = 0; words_ != nullptr && i < count_; ++i)
            state_.kernel.write_register(table_ + 4 * i, 4, words_[i]);
    }

private:
    Device::State& state_;
    char* table_ = nullptr;
    std::uint32_t count_ = 0;
    std::uint32_t* words_ = nullptr;
};

bool is_pending(Kernel& kernel, const Configuration& space) {
    std::uint32_t status = 0;
    if (space.express != 0)
        return read_field(kernel, space.express + express_device_status, 2, status) &&
               (status & transactions_pending) != 0;
    return read_field(kernel, space.advanced_features + features_status, 1, status) &&
           (status & 1) != 0;
}

bool initiate(Kernel& kernel, const Configuration& space) {
    if (space.express == 0)
        return write_field(kernel, space.advanced_features + features_control, 1, 1);
    std::uint32_t control = 0;
    const std::uint32_t at = space.express + express_device_control;
    return read_field(kernel, at, 2, control) &&
           write_field(kernel, at, 2, control | initiate_reset);
}

// 100 ms is the specification's; a function may ask for up to a second by answering "retry",
// which reads as vendor 0001h or as all ones.
bool comes_back(Kernel& kernel) {
    constexpr Nanoseconds millisecond = 1'000'000;
    kernel.sleep(100 * millisecond);
    for (unsigned waited = 0; waited < 100; ++waited) {
        std::uint32_t ids = pci::absent;
        if (read_field(kernel, 0, 4, ids) && ids != pci::absent && (ids & 0xffff) != 1) return true;
        kernel.sleep(10 * millisecond);
    }
    return false;
}

std::uint32_t express_words(Kernel& kernel, const Configuration& space) {
    std::uint32_t flags = 0;
    if (space.express == 0 || !read_field(kernel, space.express + 2u, 2, flags)) return 0;
    return (flags & 15) >= 2 ? 4 : 2;
}

// Address and data, 64 bits of address or 32, and a mask or none: what lies behind is not MSI's.
std::uint32_t message_words(Kernel& kernel, const Configuration& space) {
    std::uint32_t control = 0;
    if (space.msi == 0 || !read_field(kernel, space.msi + 2u, 2, control)) return 0;
    return 2 + (control >> 7 & 1) + (control >> 8 & 1);
}

Status reset_function(Device::State& state) OPENBAR_NEEDS(hardware) {
    constexpr Nanoseconds millisecond = 1'000'000;
    Kernel& kernel = state.kernel;
    const Configuration& space = state.hardware.configuration;
    Saved<sizeof header_fields / sizeof(Field)> header{header_fields, 0,
                                                       sizeof header_fields / sizeof(Field)};
    Saved<sizeof express_fields / sizeof(Field)> express{express_fields, space.express,
                                                         express_words(kernel, space)};
    Saved<sizeof message_fields / sizeof(Field)> message{message_fields, space.msi,
                                                         message_words(kernel, space)};
    Saved<1> msi{control_field, space.msi, space.msi == 0 ? 0u : 1u};
    Saved<1> msix{control_field, space.msix, space.msix == 0 ? 0u : 1u};
    SavedTable table(state);
    if (Status status = table.save(); status != Status::ok) return status;
    if (!header.save(kernel) || !express.save(kernel) || !message.save(kernel) ||
        !msi.save(kernel) || !msix.save(kernel))
        return Status::device;
    // No decoding, no bus mastering, no INTx; then what is under way may end.
    if (!write_field(kernel, pci::command, 2, pci::command_interrupt_disable))
        return Status::device;
    for (unsigned waited = 0; waited < 10 && is_pending(kernel, space); ++waited)
        kernel.sleep(10 * millisecond);
    bool done = initiate(kernel, space) && comes_back(kernel);
    done = express.restore(kernel) && done;
    done = header.restore(kernel) && done;
    if (done) table.restore();
    done = message.restore(kernel) && done;
    done = msi.restore(kernel) && done;
    done = msix.restore(kernel) && done;
    return done ? Status::ok : Status::device;
}

}  // namespace

void Device::State::probe_reset() {
    const Configuration& configuration = hardware.configuration;
    std::uint32_t flags = 0;
    hardware.resets_by_express = hardware.resets_by_features = false;
    if (configuration.express != 0)
        hardware.resets_by_express =
            read_field(kernel, configuration.express + express_device_capabilities, 4, flags) &&
            (flags & can_reset_function) != 0;
    else if (configuration.advanced_features != 0)
        hardware.resets_by_features =
            read_field(kernel, configuration.advanced_features + features_capabilities, 1, flags) &&
            (flags & features_can_reset) != 0;
}

Status Device::State::may_reset(Session& session) {
    if (Status status = may_create(session); status != Status::ok) return status;
    if (!hardware.can_reset()) return Status::unsupported;
    if (tables.controller != nullptr && tables.controller != &session) return Status::busy;
    if (tables.vectors_enabled != 0) return Status::busy;
    for (const RegionUse& use : tables.uses)
        if (use.mappings != 0 || use.interrupts != 0) return Status::busy;
    return Status::ok;
}

// While it resets, the function decodes nothing: a mapped access would go to nobody, which some
// machines answer with an NMI. Lock::hardware keeps everybody from the registers for up to 1.3 s, and
// nobody else is kept waiting: what gives objects back does not need it.
Status Device::State::reset(Session& session) {
    Hold<Lock::hardware> alone(kernel);
    {
        Hold<Lock::tables> held(kernel);
        if (Status status = may_reset(session); status != Status::ok) return status;
        tables.resetting = true;
        set_reachable(false);
    }
    const Status status = reset_function(*this);
    Hold<Lock::tables> held(kernel);
    tables.resetting = false;
    set_reachable(true);
    session.bus_master = false;
    update_bus_master();
    unclaim(session);
    if (status != Status::ok) {
        kernel.trace(TraceLevel::error, "reset failed, status", static_cast<unsigned>(status));
        return status;
    }
    counters.resets.add();
    return Status::ok;
}

}  // namespace openbar::driver
