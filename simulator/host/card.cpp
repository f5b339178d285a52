#include "simulator/host/card.hpp"

#include "base/failure.hpp"
#include "base/mapping_loss.hpp"
#include "base/range.hpp"
#include "simulator/description_check.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <exception>
#include <limits>
#include <utility>

namespace openbar::simulator {
namespace {

constexpr RegionNumber configuration = 7;

const char* kind_name(InterruptKind kind) {
    constexpr std::array<const char*, interrupt_kinds> names{"INTx", "MSI", "MSI-X", "error",
                                                             "request"};
    return names[static_cast<std::size_t>(kind)];
}

/// The width of the next access of a transfer: all of it where that is one, else at most 4.
unsigned next_width(std::uint64_t offset, std::size_t left, bool first) {
    const bool one_access = first && left <= 8 && std::has_single_bit(left) && offset % left == 0;
    if (one_access) return static_cast<unsigned>(left);
    unsigned width = 4;
    while (width > left || offset % width != 0) width /= 2;
    return width;
}

Result<PlainMemory> plain_memory_of(const Description& description) {
    if (auto mistake = mistake_in(description); !mistake.empty())
        return failure(ErrorCode::invalid_argument, std::move(mistake),
                       "correct the model's description");
    return PlainMemory::create(description);
}

}  // namespace

Result<std::unique_ptr<Card>> Card::create(std::unique_ptr<Model> model, Trace trace) {
    const Description& description = model->description();
    OPENBAR_TRY(plain, plain_memory_of(description).attempting([&] {
        return "host the model \"" + description.name + "\"";
    }));
    std::unique_ptr<Card> card(new Card(std::move(model), std::move(plain), std::move(trace)));
    card->model_->attach(*card);
    return card;
}

Card::Card(std::unique_ptr<Model> model, PlainMemory plain, Trace trace)
    : trace_(std::move(trace)),
      plain_(std::move(plain)),
      model_(std::move(model)),
      description_(model_->description()),
      space_(description_),
      table_(description_),
      interrupts_(description_, space_, table_, [this](InterruptKind kind, std::uint32_t vector) {
          this->trace(
              {.kind = TraceEvent::Kind::interrupt, .offset = vector, .text = kind_name(kind)});
      }) {}

Card::~Card() {
    // The model may hold on to what it watches until its own end; the actions must go first.
    actions_.clear();
    model_.reset();
}

const RegionDescription* Card::region(RegionNumber number) const noexcept {
    const auto found = std::ranges::find(description_.regions, number, &RegionDescription::index);
    return found == description_.regions.end() ? nullptr : &*found;
}

std::uint64_t Card::region_size(RegionNumber number) const noexcept {
    if (number == configuration) return ConfigurationSpace::size;
    const auto* found = region(number);
    return found ? found->size : 0;
}

bool Card::decodes(RegionNumber number) const {
    if (number == configuration) return true;
    const auto* found = region(number);
    return found && (found->port_io ? space_.io_enabled() : space_.memory_enabled());
}

Card::Refusal Card::access(RegionNumber number, std::uint64_t offset, std::span<std::byte> bytes,
                           Direction direction) {
    const std::uint64_t size = region_size(number);
    if (bytes.empty() || !lies_within({offset, bytes.size()}, size)) return Refusal::out_of_range;
    if (removed_) {
        if (direction == Direction::read) std::ranges::fill(bytes, std::byte{0xff});
        return Refusal::none;
    }
    if (!decodes(number)) return Refusal::disabled;
    bool first = true;
    while (!bytes.empty()) {
        if (const std::size_t copied = copy_plain(number, offset, bytes, direction)) {
            bytes = bytes.subspan(copied);
            offset += copied;
            first = false;
            continue;
        }
        const unsigned width = number == configuration
                                   ? std::min(next_width(offset, bytes.size(), first), 4U)
                                   : next_width(offset, bytes.size(), first);
        first = false;
        std::uint64_t value = 0;
        if (direction == Direction::read) {
            value = read_once(number, offset, width);
            std::memcpy(bytes.data(), &value, width);
        } else {
            std::memcpy(&value, bytes.data(), width);
            write_once(number, offset, width, value);
        }
        bytes = bytes.subspan(width);
        offset += width;
    }
    return Refusal::none;
}

// Plain memory in bulk: up to the end of a page at a time. 0 where it is not that.
std::size_t Card::copy_plain(RegionNumber number, std::uint64_t offset, std::span<std::byte> bytes,
                             Direction direction) {
    if (bytes.size() <= 8 || !plain_.covers(number, offset)) return 0;
    constexpr std::uint64_t page = 4096;
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), page - offset % page));
    std::byte* memory = plain_.memory(number).data() + offset;
    const bool reading = direction == Direction::read;
    if (reading)
        std::memcpy(bytes.data(), memory, count);
    else
        std::memcpy(memory, bytes.data(), count);
    trace({.kind = reading ? TraceEvent::Kind::read : TraceEvent::Kind::write,
           .region = number,
           .offset = offset,
           .length = count});
    return count;
}

std::uint64_t Card::read_once(RegionNumber number, std::uint64_t offset, unsigned width) {
    std::uint64_t value = 0;
    if (number == configuration) {
        value = space_.read(offset, width);
    } else if (plain_.covers(number, offset)) {
        std::memcpy(&value, plain_.memory(number).data() + offset, width);
    } else if (const auto within = table_.offset_of(number, offset)) {
        value = table_.read(*within, width);
    } else {
        if (!survives([&] { value = model_->read(number, offset, width); })) value = all_ones;
        if (width < 8) value &= (std::uint64_t{1} << (8 * width)) - 1;
    }
    trace({.kind = TraceEvent::Kind::read,
           .region = number,
           .offset = offset,
           .length = width,
           .value = value});
    return value;
}

void Card::write_once(RegionNumber number, std::uint64_t offset, unsigned width,
                      std::uint64_t value) {
    trace({.kind = TraceEvent::Kind::write,
           .region = number,
           .offset = offset,
           .length = width,
           .value = value});
    if (number == configuration) {
        const bool slept = space_.asleep();
        space_.write(offset, width, value);
        if (slept && !space_.asleep() && !description_.keeps_state_asleep) reset_model();
        interrupts_.look_again();
    } else if (plain_.covers(number, offset)) {
        std::memcpy(plain_.memory(number).data() + offset, &value, width);
    } else if (const auto within = table_.offset_of(number, offset)) {
        table_.write(*within, width, value);
        interrupts_.look_again();
    } else {
        survives([&] { model_->write(number, offset, width, value); });
    }
}

void Card::remove() {
    removed_ = true;
    interrupts_.set_line(false);
    interrupts_.request_device();
}

void Card::begin_use() {
    space_.set_decoding(true);
}

void Card::end_use() {
    dma_.clear();
    interrupts_.release_all();
    space_.set_bus_master(false);
}

void Card::reset() {
    trace({.kind = TraceEvent::Kind::reset});
    // As after Linux has reset a function, whose configuration space it restores.
    space_.wake();
    reset_model();
}

void Card::reset_model() {
    actions_.clear();
    interrupts_.reset();
    survives([&] { model_->reset(); });
}

template <typename Call>
bool Card::survives(Call call) {
    try {
        call();
        return true;
    } catch (const std::exception& thrown) {
        complain(thrown.what());
    } catch (...) {
        complain("what is not a std::exception");
    }
    return false;
}

void Card::complain(std::string_view thrown) {
    if (std::exchange(complained_, true)) return;
    say("openbar: the model \"");
    say(description_.name);
    say("\" threw: ");
    say(thrown);
    say("\n");
}

std::optional<std::chrono::nanoseconds> Card::next_action() const {
    if (actions_.empty()) return std::nullopt;
    return actions_.begin()->first;
}

void Card::run_due_actions() {
    // Actions that these add for now or earlier wait for the next round: the loop goes on.
    const auto until = now();
    for (std::size_t left = actions_.size(); left > 0 && !actions_.empty(); --left) {
        if (actions_.begin()->first > until) return;
        auto due = actions_.extract(actions_.begin());
        survives([&] { due.mapped()(); });
    }
}

void Card::source_ready(PollSource source) {
    const auto found = sources_.find(source);
    if (found == sources_.end()) return;
    // A copy: the action may unwatch its own source.
    const auto action = found->second;
    survives(action);
}

bool Card::read(std::uint64_t iova, std::span<std::byte> destination) {
    const bool done = !removed_ && space_.bus_master() && dma_.read(iova, destination);
    trace({.kind = TraceEvent::Kind::dma_read,
           .offset = iova,
           .length = destination.size(),
           .ok = done});
    return done;
}

bool Card::write(std::uint64_t iova, std::span<const std::byte> source) {
    const bool done = !removed_ && space_.bus_master() && dma_.write(iova, source);
    trace(
        {.kind = TraceEvent::Kind::dma_write, .offset = iova, .length = source.size(), .ok = done});
    return done;
}

void Card::set_interrupt_line(bool asserted) {
    if (!removed_) interrupts_.set_line(asserted);
}

bool Card::send_message(std::uint16_t vector) {
    return removed_ || interrupts_.send_message(vector);
}

std::chrono::nanoseconds Card::now() {
    return std::chrono::steady_clock::now().time_since_epoch();
}

void Card::at(std::chrono::nanoseconds when, std::function<void()> action) {
    actions_.emplace(when, std::move(action));
}

bool Card::watch(PollSource source, std::function<void()> action) {
    if (source < 0 || source > std::numeric_limits<int>::max()) return false;
    sources_.insert_or_assign(source, std::move(action));
    ++sources_version_;
    return true;
}

void Card::unwatch(PollSource source) {
    sources_.erase(source);
    ++sources_version_;
}

std::span<std::byte> Card::memory(RegionNumber number) {
    return plain_.memory(number);
}

}  // namespace openbar::simulator
