/// The JSON of the VERSION message: what one side of a connection can do, said and understood.
#pragma once

#include "openbar/result.hpp"

#include "vfio_user/protocol.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace openbar::vfio_user {

/// One side's limits. What a peer leaves out has the specification's defaults.
struct Capabilities {
    std::uint64_t max_descriptors = protocol::default_max_descriptors;
    std::uint64_t max_transfer = protocol::default_max_transfer;
    std::uint64_t max_dma_maps = protocol::default_max_dma_maps;
    std::uint64_t page_sizes = protocol::default_page_sizes;
    bool twin_socket = false;
    std::optional<std::uint64_t> twin_descriptor{};  ///< index among those of the reply
    bool write_multiple = false;
};

/// The JSON text with its terminating NUL, as the message carries it.
[[nodiscard]] std::string to_version_data(const Capabilities& capabilities);

/// Reads what a peer sent behind Version; empty is allowed and means the defaults. Unknown names
/// are ignored; a known name with a value of another type, or out of all proportion, is an error
/// (protocol).
[[nodiscard]] Result<Capabilities> from_version_data(std::span<const std::byte> data);

}  // namespace openbar::vfio_user
