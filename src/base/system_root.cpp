#include "base/system_root.hpp"

#include <utility>

namespace openbar {
namespace {
std::string& root() {
    static std::string value;
    return value;
}
}  // namespace

std::string system_path(std::string_view absolute) {
    return root() + std::string(absolute);
}

void set_system_root_for_tests(std::string value) {
    root() = std::move(value);
}

}  // namespace openbar
