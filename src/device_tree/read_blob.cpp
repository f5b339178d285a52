// Reads a flattened tree in one pass of libfdt's tags.
//
// libfdt's own fdt_check_full() and property functions look up each name afresh; a hostile blob in
// which every property points at one long string makes that quadratic. Here the cost is bounded by
// the size of the blob: names are looked for within `longest_name` bytes and no further.
#include "base/failure.hpp"
#include "device_tree/tree.hpp"

#include <fmt/format.h>
#include <libfdt.h>

#include <cstring>

namespace openbar::device_tree {
namespace {

// The standard allows 31 characters; real trees go somewhat beyond.
constexpr std::size_t longest_name = 255;
// Older ones, of before 2005, write whole paths as names.
constexpr std::uint32_t oldest_version = 16;

class BlobReader {
public:
    BlobReader(std::span<const std::byte> blob, std::string_view origin)
        : blob_(blob.begin(), blob.end()) {
        tree_.origin = origin;
    }

    Result<Tree> read() {
        OPENBAR_TRY(sound, check_header());
        int offset = 0;
        for (;;) {
            int next = 0;
            const std::uint32_t tag = fdt_next_tag(blob_.data(), offset, &next);
            // A length near 2^32 makes libfdt's sum wrap, and its next tag one of those before.
            if (next >= 0 && next <= offset) return broken(offset, -FDT_ERR_BADSTRUCTURE);
            if (next < 0) return broken(offset, tag == FDT_END ? next : -FDT_ERR_BADSTRUCTURE);
            Result<void> taken{};
            switch (tag) {
                case FDT_BEGIN_NODE: taken = begin_node(offset); break;
                case FDT_END_NODE: taken = end_node(offset); break;
                case FDT_PROP: taken = add_property(offset); break;
                case FDT_END: return finish(offset);
                default: break;  // FDT_NOP
            }
            if (!taken) return std::move(taken).error();
            offset = next;
        }
    }

private:
    [[nodiscard]] static Error broken(std::string cause) {
        return failure(ErrorCode::protocol, std::move(cause),
                       "check the file with: fdtdump FILE, or compile it again with dtc");
    }
    [[nodiscard]] Error broken(int offset, int error) const {
        return broken(fmt::format(
            "its structure breaks off at byte {:#x} ({})",
            static_cast<unsigned>(fdt_off_dt_struct(blob_.data())) + static_cast<unsigned>(offset),
            fdt_strerror(error)));
    }

    [[nodiscard]] Result<void> check_header() const {
        if (blob_.size() > DeviceTree::largest_blob)
            return failure(
                ErrorCode::resource_exhausted,
                fmt::format("{} bytes; the limit is {}", blob_.size(), DeviceTree::largest_blob));
        if (blob_.size() < sizeof(fdt_header))
            return broken(fmt::format("{} bytes are too few for a device tree's header of {}",
                                      blob_.size(), sizeof(fdt_header)));
        if (fdt_magic(blob_.data()) != FDT_MAGIC)
            return broken(fmt::format("it starts with {:#010x} instead of {:#010x}: no device tree",
                                      fdt_magic(blob_.data()), FDT_MAGIC));
        if (const int error = fdt_check_header(blob_.data()); error != 0)
            return broken(fmt::format("its header makes no sense ({})", fdt_strerror(error)));
        if (fdt_version(blob_.data()) < oldest_version)
            return broken(fmt::format("it is of version {}; versions from {} on can be read",
                                      fdt_version(blob_.data()), oldest_version));
        if (fdt_off_dt_struct(blob_.data()) % 4 != 0)
            return broken("its structure does not start at a multiple of 4 bytes");
        if (fdt_totalsize(blob_.data()) > blob_.size())
            return broken(fmt::format("it is truncated: {} bytes of {}", blob_.size(),
                                      fdt_totalsize(blob_.data())));
        return {};
    }

    Result<void> begin_node(int offset) {
        if (open_.empty() && !tree_.nodes.empty()) return broken("it has two roots");
        if (open_.size() > DeviceTree::deepest_nesting)
            return broken(
                fmt::format("it is nested deeper than {} nodes", DeviceTree::deepest_nesting));
        int length = 0;
        const char* name = fdt_get_name(blob_.data(), offset, &length);
        if (name == nullptr) return broken(offset, length);
        if (static_cast<std::size_t>(length) > longest_name)
            return broken(fmt::format("a node's name is {} characters long", length));
        const std::string_view text(name, static_cast<std::size_t>(length));
        if (text.empty() && !open_.empty())
            return broken(fmt::format("a node of {} has no name", tree_.path_of(open_.back())));
        if (text.find('/') != std::string_view::npos && !open_.empty())
            return broken(fmt::format("a node's name holds a slash: \"{}\"", printable(text)));
        open_.push_back(tree_.add_node(open_.empty() ? no_node : open_.back(), text));
        return {};
    }

    Result<void> end_node(int offset) {
        if (open_.empty()) return broken(offset, -FDT_ERR_BADSTRUCTURE);
        open_.pop_back();
        return {};
    }

    Result<void> add_property(int offset) {
        if (open_.empty()) return broken("a property stands outside every node");
        int length = 0;
        const struct fdt_property* property =
            fdt_get_property_by_offset(blob_.data(), offset, &length);
        if (property == nullptr) return broken(offset, length);
        const auto* end = blob_.data() + blob_.size();
        const auto* start = reinterpret_cast<const std::byte*>(property->data);
        if (length < 0 || length > end - start) return broken(offset, -FDT_ERR_TRUNCATED);
        const auto name = name_at(fdt32_to_cpu(property->nameoff));
        if (!name)
            return broken(fmt::format("the name of a property of {} lies outside its strings",
                                      tree_.path_of(open_.back())));
        tree_.nodes[open_.back()].properties.push_back(
            {std::string(*name), {start, start + length}});
        return {};
    }

    [[nodiscard]] std::optional<std::string_view> name_at(std::uint32_t offset) const {
        const std::size_t strings = fdt_off_dt_strings(blob_.data());
        const std::size_t end = strings + fdt_size_dt_strings(blob_.data());
        if (end > blob_.size() || strings > end || offset >= end - strings) return std::nullopt;
        const char* start = reinterpret_cast<const char*>(blob_.data()) + strings + offset;
        const std::size_t room = std::min(end - strings - offset, longest_name + 1);
        const std::size_t length = ::strnlen(start, room);
        if (length == room) return std::nullopt;
        return std::string_view(start, length);
    }

    Result<Tree> finish(int offset) {
        if (!open_.empty() || tree_.nodes.empty()) return broken(offset, -FDT_ERR_BADSTRUCTURE);
        tree_.nodes.front().name.clear();
        tree_.index_phandles();
        return std::move(tree_);
    }

    std::vector<std::byte> blob_;  // a copy, aligned as libfdt demands
    Tree tree_;
    std::vector<NodeIndex> open_;
};

}  // namespace

Result<Tree> read_blob(std::span<const std::byte> blob, std::string_view origin) {
    return BlobReader(blob, origin).read();
}

}  // namespace openbar::device_tree
