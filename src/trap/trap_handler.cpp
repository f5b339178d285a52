#include "trap/trap_handler.hpp"

#include "base/fork_count.hpp"
#include "base/mapping_loss.hpp"

namespace openbar::trap {
namespace {

class WatchedRanges final : public Ranges {
public:
    [[nodiscard]] const Range* find(std::uintptr_t address) const noexcept override {
        // Nobody else watches for this kind.
        const auto* handler =
            static_cast<TrapHandler*>(FaultWatch::find(address, FaultKind::trapped));
        return handler == nullptr ? nullptr : &handler->range();
    }
};

/// Of a child of a fork, where the mappings of its parent have no card behind them.
class NobodysRanges final : public Ranges {
public:
    explicit NobodysRanges(const Range& range) noexcept : range_(range) {
        range_.registers = &nobody_;
    }
    [[nodiscard]] const Range* find(std::uintptr_t address) const noexcept override {
        return range_.holds(address) ? &range_ : nullptr;
    }

private:
    class Nobody final : public Registers {
        std::uint64_t load(std::uint64_t, unsigned) noexcept override { return ~std::uint64_t{0}; }
        void store(std::uint64_t, unsigned, std::uint64_t) noexcept override {}
    };
    Nobody nobody_;
    Range range_;
};

struct Trap {
    const Fault& fault;
    const Ranges& ranges;
    bool done = false;
};

void carry_out(void* argument) {
    Trap& trap = *static_cast<Trap*>(argument);
    Processor processor;
    read_context(trap.fault.context, processor);
    Text why;
    switch (emulate(processor, trap.fault.address, trap.ranges, why)) {
        case Outcome::done:
            write_context(trap.fault.context, processor);
            trap.done = true;
            break;
        case Outcome::refused:
            why << "\n";
            say("openbar: ");
            say(why.view());
            break;
        case Outcome::fault: break;
    }
}

}  // namespace

TrapHandler::TrapHandler(const Range& range) noexcept : range_(range), forks_(fork_count()) {}

bool TrapHandler::handle(const Fault& fault) noexcept {
    if (forks_so_far() != forks_) {
        if (!told_.exchange(true))
            say("openbar: this process is a child of the one that opened the simulated card: its "
                "mapping reads as all ones here\n");
        const NobodysRanges nobodys(range_);
        Trap trap{fault, nobodys};
        call_on_interrupted_stack(fault.context, carry_out, &trap);
        return trap.done;
    }
    const WatchedRanges watched;
    Trap trap{fault, watched};
    call_on_interrupted_stack(fault.context, carry_out, &trap);
    return trap.done;
}

}  // namespace openbar::trap
