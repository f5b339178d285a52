/// What a server says of a region, checked before anybody believes it.
#pragma once

#include "openbar/region.hpp"
#include "openbar/vfio_user/client.hpp"

#include "vfio_user/message_stream.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace openbar::vfio_user {

/// A region with what is needed to map it.
struct KnownRegion {
    RegionDetails details;
    std::uint64_t file_offset = 0;  ///< of the region's start in its descriptor
    /// One for all areas, or as many as areas, in their order; or none.
    std::vector<FileDescriptor> descriptors;
};

/// The size that a reply with everything would have; 0 where the payload is too short to tell.
[[nodiscard]] std::uint32_t size_wanted(const Message& reply) noexcept;

/// Takes the reply apart, and its descriptors over. Error: protocol.
[[nodiscard]] Result<KnownRegion> understand_region(RegionIndex index, Message& reply);

}  // namespace openbar::vfio_user
