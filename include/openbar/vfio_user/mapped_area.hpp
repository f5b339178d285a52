/// Part of a simulated card's region in this process's address space: plain memory that the
/// server lent by a file descriptor.
///
///     auto client = openbar::vfio_user::Client::connect("card.sock").value();
///     auto waveform = client.map(1, client.region(1).value()->mappable.front()).value();
///     waveform.memory()[0] = std::byte{1};
///
/// What happens when the server cuts the file short afterwards. Loads and stores past the end of a
/// mapped file raise SIGBUS, which ends a program without a word. Where the file is sealed against
/// shrinking (`F_SEAL_SHRINK` of a memfd, as this project's server does) that cannot happen. For
/// any other file the first such `map` of the process installs a SIGBUS handler. When an access to
/// a mapping of ours faults, the handler puts a page of ones in the place of the missing one, says
/// on standard error which server and region it was, and lets the program go on: reads give all
/// ones, as from a card that was unplugged, until the program stores something there, which reaches
/// nobody. Faults of any other origin go to the handler that was there before. `faulted()` tells.
/// With `Options::map_unsealed = false` no handler is ever installed and such regions are not
/// mapped. A program that installs its own SIGBUS handler later should pass on what is not its own.
#pragma once

#include "openbar/standard.hpp"

#include <cstddef>
#include <memory>
#include <span>

namespace openbar {
struct MappingLoss;
}

namespace openbar::vfio_user {

class MappedArea {
public:
    class Implementation;

    MappedArea() noexcept;  ///< nothing mapped

    MappedArea(MappedArea&&) noexcept;
    MappedArea& operator=(MappedArea&&) noexcept;
    /// Unmaps. Nothing may use `memory()` any more.
    ~MappedArea();

    /// The mapped bytes, in the length that was asked for. Ordinary cached memory.
    [[nodiscard]] std::span<std::byte> memory() const noexcept;
    /// Whether the server took part of the file away while it was mapped, and an access met that.
    [[nodiscard]] bool faulted() const noexcept;

private:
    friend class Client;
    /// What `faulted` asks; lives as long as the area. Null where that cannot happen.
    friend const MappingLoss* loss_of(const MappedArea& area) noexcept;
    explicit MappedArea(std::unique_ptr<Implementation> implementation) noexcept;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace openbar::vfio_user
