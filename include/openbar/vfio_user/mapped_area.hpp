/// Part of a simulated card's region in this process's address space: plain memory, from a file
/// descriptor of the server.
///
///     auto client = openbar::vfio_user::Client::connect("card.sock").value();
///     auto waveform = client.map(1, client.region(1).value()->mappable.front()).value();
///     waveform.memory()[0] = std::byte{1};
///
/// A server may truncate the file later; an access past its end then raises SIGBUS. It cannot
/// truncate a sealed file (`F_SEAL_SHRINK` of a memfd, as openbar's server uses). For any other
/// file, the first `map` of the process installs a SIGBUS handler. If an access to such a mapping
/// faults, the handler puts a page of ones in place of the missing page, prints the server and
/// region to standard error, and the program continues: reads return all ones, as from an unplugged
/// card, and stores reach no device. `faulted()` then returns true. Other faults go to the previous
/// handler. A program that installs its own SIGBUS handler later must pass on the signals of
/// others. With `Options::map_unsealed = false`, unsealed files are not mapped and no handler is
/// installed.
#pragma once

#include "openbar/standard.hpp"

#include <cstddef>
#include <memory>
#include <span>

namespace openbar::vfio_user {

class MappedArea {
public:
    class Implementation;

    MappedArea() noexcept;  ///< nothing mapped

    MappedArea(MappedArea&&) noexcept;
    MappedArea& operator=(MappedArea&&) noexcept;
    /// Unmaps. `memory()` is then invalid.
    ~MappedArea();

    /// The mapped bytes, in the requested length. Ordinary cached memory.
    [[nodiscard]] std::span<std::byte> memory() const noexcept;
    /// Whether an access has faulted because the server truncated the file.
    [[nodiscard]] bool faulted() const noexcept;

private:
    friend class Client;
    explicit MappedArea(std::unique_ptr<Implementation> implementation) noexcept;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace openbar::vfio_user
