// Every register of a card, and the registers at an offset.
#include "openbar/description.hpp"

#include "description/names.hpp"
#include "description/numbers.hpp"

#include <algorithm>

namespace openbar {
namespace {

using namespace description;

/// Calls a function for each register, with its name and offset, until it returns false.
class Walk {
public:
    Walk(const Model& model, const std::function<bool(const Place&)>& visit)
        : model_(model), visit_(visit) {}

    bool region(std::uint32_t index) {
        region_ = index;
        return block(model_.regions[index].block, {}, 0);
    }

private:
    bool block(std::uint32_t index, const std::string& path, std::uint64_t offset) {
        const BlockRecord& record = model_.blocks[index];
        for (std::uint32_t i = 0; i < record.registers.count; ++i) {
            const std::uint32_t inner = record.registers.first + i;
            const auto visit = [&](const std::string& name, std::uint64_t at) {
                return visit_(Place(Region(&model_, region_), Register(&model_, inner), name, at));
            };
            if (!each_element(model_.registers[inner], path, offset, visit)) return false;
        }
        for (std::uint32_t i = 0; i < record.blocks.count; ++i) {
            const std::uint32_t inner = record.blocks.first + i;
            if (!model_.blocks[inner].has_registers) continue;
            const auto visit = [&](const std::string& name, std::uint64_t at) {
                return block(inner, name + '.', at);
            };
            if (!each_element(model_.blocks[inner], path, offset, visit)) return false;
        }
        return true;
    }

    template <typename Record, typename Visit>
    bool each_element(const Record& record, const std::string& path, std::uint64_t offset,
                      const Visit& visit) {
        Indices indices = first_element(model_, record.dimension);
        do {
            const std::string name = path + element_name(model_, model_.text.view(record.name),
                                                         record.dimension, indices);
            if (!visit(name,
                       offset + record.offset + element_offset(model_, record.dimension, indices)))
                return false;
        } while (next_element(model_, record.dimension, indices));
        return true;
    }

    const Model& model_;
    const std::function<bool(const Place&)>& visit_;
    std::uint32_t region_ = 0;
};

/// Finds what has the byte at an offset.
class AtOffset {
public:
    AtOffset(const Model& model, std::uint32_t region) : model_(model), region_(region) {}

    std::vector<Place> find(std::uint64_t offset) {
        block(model_.regions[region_].block, {}, 0, offset);
        return std::move(places_);
    }

private:
    static constexpr std::size_t most_places = 1000;
    static constexpr std::size_t most_steps = 100'000;

    void block(std::uint32_t index, const std::string& path, std::uint64_t base,
               std::uint64_t wanted) {
        const BlockRecord& record = model_.blocks[index];
        for (std::uint32_t i = 0; i < record.registers.count; ++i) {
            const std::uint32_t inner = record.registers.first + i;
            const RegisterRecord& described = model_.registers[inner];
            const std::uint64_t size = bytes_of(described);
            each_element(described, size, path, wanted,
                         [&](const std::string& name, std::uint64_t start) {
                             if (places_.size() < most_places)
                                 places_.emplace_back(Region(&model_, region_),
                                                      Register(&model_, inner), name, base + start);
                         });
        }
        for (std::uint32_t i = 0; i < record.blocks.count; ++i) {
            const std::uint32_t inner = record.blocks.first + i;
            const BlockRecord& described = model_.blocks[inner];
            if (!described.has_registers) continue;
            each_element(described, described.extent, path, wanted,
                         [&](const std::string& name, std::uint64_t start) {
                             block(inner, name + '.', base + start, wanted - start);
                         });
        }
    }

    /// Visits the elements that have the wanted byte, which is counted from the block's start.
    template <typename Record, typename Visit>
    void each_element(const Record& record, std::uint64_t size, const std::string& path,
                      std::uint64_t wanted, const Visit& visit) {
        if (wanted < record.offset || ++steps_ > most_steps) return;
        Indices indices;
        dimension(record, record.dimension, size, path, wanted, record.offset, indices, visit);
    }

    template <typename Record, typename Visit>
    void dimension(const Record& record, std::uint32_t index, std::uint64_t size,
                   const std::string& path, std::uint64_t wanted, std::uint64_t start,
                   Indices& indices, const Visit& visit) {
        if (places_.size() >= most_places || ++steps_ > most_steps) return;
        if (index == no_dimension) {
            if (wanted - start >= size) return;
            visit(path + element_name(model_, model_.text.view(record.name), record.dimension,
                                      indices),
                  start);
            return;
        }
        const DimensionRecord& array = model_.dimensions[index];
        // Bytes from the start of one element of this dimension to its end, inner ones included.
        std::uint64_t reach = size;
        for (std::uint32_t inner = array.inner; inner != no_dimension;
             inner = model_.dimensions[inner].inner)
            reach += (model_.dimensions[inner].count - 1) * model_.dimensions[inner].stride;
        const std::uint64_t distance = wanted - start;
        std::uint64_t last = array.stride == 0 ? 0 : distance / array.stride;
        std::uint64_t first = 0;
        if (array.stride != 0 && distance >= reach) first = (distance - reach) / array.stride + 1;
        last = std::min(last, array.count - 1);
        for (std::uint64_t i = first; i <= last; ++i) {
            indices.push_back(i);
            dimension(record, array.inner, size, path, wanted, start + i * array.stride, indices,
                      visit);
            indices.pop_back();
            if (places_.size() >= most_places || steps_ > most_steps) return;
        }
    }

    const Model& model_;
    std::uint32_t region_;
    std::vector<Place> places_;
    std::size_t steps_ = 0;
};

}  // namespace

void Description::for_each_register(const std::function<bool(const Place&)>& visit) const {
    Walk walk(*model_, visit);
    for (std::uint32_t i = 0; i < model_->regions.size(); ++i)
        if (!walk.region(i)) return;
}

std::vector<Place> Description::at(Region region, std::uint64_t offset) const {
    return AtOffset(*model_, region.index()).find(offset);
}

}  // namespace openbar
