#include "vfio_user/capabilities.hpp"

#include "base/failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace openbar::vfio_user {
namespace {

using Json = nlohmann::json;

/// A version message of a well-meaning peer has some 200 bytes.
constexpr std::size_t longest_text = 64 * 1024;
/// The parser calls itself for each level; no capability lies deeper than three.
constexpr int deepest_level = 16;

/// What the parser thinks of a peer's text, and why not.
struct Fault {
    std::string text;
};

std::uint64_t number(const Json& object, const char* name, std::uint64_t otherwise) {
    const auto found = object.find(name);
    if (found == object.end()) return otherwise;
    if (found->is_number_float()) {
        // As some JSON libraries write every number: 1048576.0.
        const auto value = found->get<double>();
        if (value >= 0 && value < 0x1p53 && value == std::floor(value))
            return static_cast<std::uint64_t>(value);
    }
    if (!found->is_number_unsigned()) {
        throw Fault{fmt::format("\"{}\" is {}, not a whole number from 0", name,
                                found->dump().substr(0, 40))};
    }
    return found->get<std::uint64_t>();
}

bool truth(const Json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end()) return false;
    if (!found->is_boolean()) throw Fault{fmt::format("\"{}\" is neither true nor false", name)};
    return found->get<bool>();
}

const Json& member(const Json& object, const char* name) {
    static const Json none = Json::object();
    const auto found = object.find(name);
    if (found == object.end()) return none;
    if (!found->is_object()) throw Fault{fmt::format("\"{}\" is not an object", name)};
    return *found;
}

bool too_deep(std::string_view text) {
    int level = 0;
    for (const char character : text) {
        if (character == '{' || character == '[') ++level;
        if (character == '}' || character == ']') --level;
        if (level > deepest_level) return true;
    }
    return false;
}

Capabilities understand(std::string_view text) {
    if (too_deep(text)) throw Fault{"it is nested too deeply"};
    const Json document = Json::parse(text, nullptr, false);
    if (document.is_discarded()) throw Fault{"it is not JSON"};
    if (!document.is_object()) throw Fault{"it is not a JSON object"};
    const Json& all = member(document, "capabilities");
    Capabilities result;
    result.max_descriptors = number(all, "max_msg_fds", result.max_descriptors);
    result.max_transfer = number(all, "max_data_xfer_size", result.max_transfer);
    result.max_dma_maps = number(all, "max_dma_maps", result.max_dma_maps);
    result.page_sizes = number(all, "pgsizes", result.page_sizes);
    const Json& twin = member(all, "twin_socket");
    result.twin_socket = truth(twin, "supported");
    if (twin.contains("fd_index")) result.twin_descriptor = number(twin, "fd_index", 0);
    result.write_multiple = truth(all, "write_multiple");
    if (result.max_transfer == 0) throw Fault{"\"max_data_xfer_size\" is 0 bytes"};
    if (result.page_sizes == 0) throw Fault{"\"pgsizes\" names no page size"};
    return result;
}

Error broken(std::string cause) {
    return failure(ErrorCode::protocol, std::move(cause));
}

}  // namespace

std::string to_version_data(const Capabilities& capabilities) {
    Json all = {{"max_msg_fds", capabilities.max_descriptors},
                {"max_data_xfer_size", capabilities.max_transfer},
                {"max_dma_maps", capabilities.max_dma_maps},
                {"pgsizes", capabilities.page_sizes}};
    if (capabilities.twin_socket) {
        all["twin_socket"] = {{"supported", true}};
        if (capabilities.twin_descriptor) {
            all["twin_socket"]["fd_index"] = *capabilities.twin_descriptor;
        }
    }
    if (capabilities.write_multiple) all["write_multiple"] = true;
    std::string text = Json{{"capabilities", std::move(all)}}.dump();
    text.push_back('\0');
    return text;
}

Result<Capabilities> from_version_data(std::span<const std::byte> data) {
    if (data.empty()) return Capabilities{};
    if (data.size() > longest_text) return broken("it is longer than 64 KiB");
    if (data.back() != std::byte{0}) return broken("it does not end in NUL");
    std::string_view text(reinterpret_cast<const char*>(data.data()), data.size() - 1);
    text = text.substr(0, text.find('\0'));
    if (text.empty()) return Capabilities{};
    try {
        return understand(text);
    } catch (Fault& fault) {
        return broken(std::move(fault.text));
    } catch (const Json::exception&) {
        return broken("it is not valid JSON");
    }
}

}  // namespace openbar::vfio_user
