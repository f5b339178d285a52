#include "tests/soak/arena.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <random>

namespace openbar::soak {
namespace {

std::span<std::byte> shared_memory(std::size_t size, int flags) {
    void* const base = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE | flags, -1, 0);
    if (base == MAP_FAILED) {
        std::perror("mmap of the memory that clients share");
        std::exit(2);
    }
    return {static_cast<std::byte*>(base), size};
}

}  // namespace

Arena::Arena(std::size_t size, bool huge)
    : record_(new (shared_memory(sizeof(Record), 0).data()) Record),
      memory_(shared_memory(size, huge ? MAP_HUGETLB : 0)),
      expected_(shared_memory(size, 0)) {
    std::minstd_rand random(77);
    std::ranges::generate(memory_, [&] { return static_cast<std::byte>(random() >> 8U); });
    std::ranges::copy(memory_, expected_.begin());
}

Arena::~Arena() {
    ::munmap(memory_.data(), memory_.size());
    ::munmap(expected_.data(), expected_.size());
    ::munmap(record_, sizeof(Record));
}

void Arena::announce(std::size_t offset, std::span<const std::byte> bytes) const noexcept {
    record_->offset = offset;
    record_->size = bytes.size();
    std::ranges::copy(bytes, record_->coming);
    record_->announced = true;
}

bool Arena::holds_what_it_should() const noexcept {
    const std::size_t from = record_->offset;
    const std::size_t behind = from + record_->size;
    const auto same = [](std::span<const std::byte> one, std::span<const std::byte> other) {
        return std::memcmp(one.data(), other.data(), one.size()) == 0;
    };
    const std::span coming(record_->coming, record_->size);
    return same(expected_.first(from), memory_) && same(coming, memory_.subspan(from)) &&
           same(expected_.subspan(behind), memory_.subspan(behind));
}

void Arena::settle() const noexcept {
    std::copy_n(record_->coming, record_->size,
                expected_.begin() + static_cast<std::ptrdiff_t>(record_->offset));
    record_->announced = false;
}

bool Arena::survived() const noexcept {
    const bool announced = record_->announced.exchange(false);
    const std::size_t from = announced ? record_->offset : 0;
    const std::size_t size = announced ? record_->size : 0;
    for (std::size_t at = from; at < from + size; ++at)
        // Killed halfway through `settle`, the client has left either byte as expected.
        if (memory_[at] == record_->coming[at - from]) expected_[at] = memory_[at];
    return std::ranges::equal(memory_, expected_);
}

void Arena::complain(std::string_view what) const noexcept {
    if (record_->complaint[0] != '\0') return;
    const std::size_t length = std::min(what.size(), sizeof record_->complaint - 1);
    std::memcpy(record_->complaint, what.data(), length);
}

}  // namespace openbar::soak
