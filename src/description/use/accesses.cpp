// Reading and writing one register: one access, or one for each word.
#include "openbar/described_registers.hpp"

#include "base/failure.hpp"
#include "description/message.hpp"
#include "description/numbers.hpp"

#include <bit>

namespace openbar::description {
namespace {

std::uint64_t swapped(std::uint64_t value, unsigned width) noexcept {
    return std::byteswap(value) >> (64 - 8 * width);
}

/// How far word `index` of the address order is shifted in the value.
unsigned shift_of(Register described, const Accesses& accesses, unsigned index) noexcept {
    const bool big = described.byte_order() == ByteOrder::big;
    return (big ? accesses.count - 1 - index : index) * described.access_width();
}

bool swaps_bytes(Register described, const Accesses& accesses) noexcept {
    return accesses.count == 1 && described.byte_order() == ByteOrder::big;
}

}  // namespace

Result<Accesses> accesses_of(Register described) {
    const unsigned word = described.access_width();
    const unsigned bytes = (word + 7) / 8;
    if (described.width() > 64)
        return failure(ErrorCode::unsupported,
                       in_quotes(described.name()) + " has " + std::to_string(described.width()) +
                           " bits: values have 64 at most",
                       "access its words by their offsets");
    if (bytes == 0 || bytes > 8 || !std::has_single_bit(bytes))
        return failure(ErrorCode::unsupported,
                       in_quotes(described.name()) + " is described with accesses of " +
                           std::to_string(word) + " bits",
                       "correct its width in a card file: accesses have 8, 16, 32 or 64 bits");
    return Accesses{bytes, (described.width() + word - 1) / word, described.word_stride()};
}

Result<std::uint64_t> read(const Place& place, RegisterBus& bus) {
    const Register described = place.description();
    OPENBAR_TRY(accesses, accesses_of(described));
    std::uint64_t value = 0;
    for (unsigned i = 0; i < accesses.count; ++i) {
        OPENBAR_TRY(word,
                    bus.load(place.offset() + std::uint64_t{i} * accesses.stride, accesses.width));
        value |= (word & low_bits(described.access_width())) << shift_of(described, accesses, i);
    }
    if (swaps_bytes(described, accesses)) value = swapped(value, accesses.width);
    return value & low_bits(described.width());
}

Result<void> write(const Place& place, std::uint64_t value, RegisterBus& bus) {
    const Register described = place.description();
    OPENBAR_TRY(accesses, accesses_of(described));
    if (swaps_bytes(described, accesses)) value = swapped(value, accesses.width);
    for (unsigned i = 0; i < accesses.count; ++i) {
        const std::uint64_t word = value >> shift_of(described, accesses, i);
        OPENBAR_TRY(stored, bus.store(place.offset() + std::uint64_t{i} * accesses.stride,
                                      accesses.width, word & low_bits(described.access_width())));
    }
    return {};
}

}  // namespace openbar::description
