#include "vfio_user/dma_table.hpp"

#include "base/guarded_copy.hpp"

#include <algorithm>
#include <cerrno>

namespace openbar::vfio_user {

bool DmaTable::add(const Mapping& mapping) {
    const MutexLock lock(mutex_);
    const auto after = mappings_.upper_bound(mapping.iova);
    if (after != mappings_.end() && after->first - mapping.iova < mapping.memory.size()) {
        return false;
    }
    if (after != mappings_.begin()) {
        const auto& before = std::prev(after)->second;
        if (mapping.iova - before.iova < before.memory.size()) return false;
    }
    mappings_.emplace(mapping.iova, mapping);
    return true;
}

bool DmaTable::contains(std::uint64_t iova, std::uint64_t size) const {
    const MutexLock lock(mutex_);
    const auto found = mappings_.find(iova);
    return found != mappings_.end() && found->second.memory.size() == size;
}

void DmaTable::remove(std::uint64_t iova) {
    const MutexLock lock(mutex_);
    mappings_.erase(iova);
}

void DmaTable::clear() {
    const MutexLock lock(mutex_);
    mappings_.clear();
}

std::size_t DmaTable::size() const {
    const MutexLock lock(mutex_);
    return mappings_.size();
}

namespace {

/// Both are of one size.
int move_bytes(std::span<std::byte> ours, std::span<std::byte> theirs, bool to_device,
               bool guarded) {
    if (guarded) return to_device ? guarded_read(ours, theirs) : guarded_write(theirs, ours);
    if (to_device)
        std::memcpy(ours.data(), theirs.data(), ours.size());
    else
        std::memcpy(theirs.data(), ours.data(), ours.size());
    return 0;
}

}  // namespace

// A transfer may cross from one mapping into one that follows without a gap. Nothing is copied
// unless all of it can be, as far as the table knows.
int DmaTable::copy(std::uint64_t iova, std::span<std::byte> buffer, bool to_device) {
    const MutexLock lock(mutex_);
    for (const bool only_checking : {true, false}) {
        std::uint64_t address = iova;
        auto rest = buffer;
        while (!rest.empty()) {
            auto found = mappings_.upper_bound(address);
            if (found == mappings_.begin()) return EFAULT;
            const Mapping& mapping = std::prev(found)->second;
            const std::uint64_t inside = address - mapping.iova;
            if (inside >= mapping.memory.size()) return EFAULT;
            if (to_device ? !mapping.readable : !mapping.writable) return EPERM;
            const auto part = mapping.memory.subspan(
                inside, std::min<std::uint64_t>(rest.size(), mapping.memory.size() - inside));
            if (!only_checking) {
                const int error =
                    move_bytes(rest.first(part.size()), part, to_device, mapping.guarded);
                if (error != 0) return error;
            }
            rest = rest.subspan(part.size());
            address += part.size();
            if (address == 0 && !rest.empty()) return EFAULT;
        }
    }
    return 0;
}

int DmaTable::carry_out(const Message& request, std::vector<std::byte>& reply) {
    const bool to_device = request.header.command == protocol::Command::dma_read;
    if (!to_device && request.header.command != protocol::Command::dma_write) return EOPNOTSUPP;
    protocol::DmaAccess access;
    if (!request.get(access)) return EINVAL;
    if (access.count == 0 || access.count > max_transfer_) return EINVAL;
    constexpr std::size_t head = sizeof(protocol::Header) + sizeof access;
    const auto count = static_cast<std::size_t>(access.count);
    if (to_device) {
        if (request.payload.size() != sizeof access) return EINVAL;
        reply.resize(head + count);
        if (const int error = copy(access.address, std::span(reply).subspan(head), true)) {
            return error;
        }
    } else {
        const auto data = request.payload.subspan(sizeof access);
        if (data.size() != count) return EINVAL;
        // `copy` only reads it in this direction.
        const std::span source(const_cast<std::byte*>(data.data()), data.size());
        if (const int error = copy(access.address, source, false)) return error;
        reply.resize(head);
    }
    std::memcpy(reply.data() + sizeof(protocol::Header), &access, sizeof access);
    return 0;
}

void DmaTable::answer(const Message& request, std::vector<std::byte>& reply) {
    const int error = carry_out(request, reply);
    if (error != 0) reply.resize(sizeof(protocol::Header));
    if ((request.header.flags & protocol::flag_no_reply) != 0) {
        reply.clear();
        return;
    }
    protocol::Header header = request.header;
    header.size = static_cast<std::uint32_t>(reply.size());
    header.flags = protocol::type_reply | (error != 0 ? protocol::flag_error : 0);
    header.error = static_cast<std::uint32_t>(error);
    std::memcpy(reply.data(), &header, sizeof header);
}

}  // namespace openbar::vfio_user
