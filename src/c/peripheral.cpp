// Peripherals of a device tree.
#include "c/handles.hpp"
#include "c/last_error.hpp"
#include "c/structures.hpp"

namespace openbar::c {
namespace {

#ifdef _WIN32

Error no_device_tree() {
    return failure(ErrorCode::unsupported, "device trees are read on Linux only");
}
Result<void> find_peripheral(const char*, const char*, openbar_peripheral*) {
    return no_device_tree();
}
Result<void> get_info(openbar_peripheral, openbar_peripheral_info*) {
    return no_device_tree();
}
Result<void> get_block(openbar_peripheral, std::uint32_t, openbar_block_info*) {
    return no_device_tree();
}

#else

Result<PlatformPeripheral> resolve(const char* tree, std::string_view path) {
    if (tree == nullptr) return resolve_peripheral(path);
    OPENBAR_TRY(file, text_from(tree, "the name of the tree"));
    OPENBAR_TRY(read, DeviceTree::from_file(std::filesystem::path(file)));
    return resolve_peripheral(read, path);
}

Result<void> find_peripheral(const char* tree, const char* path, openbar_peripheral* out) {
    OPENBAR_TRY(node, text_from(path, "the path"));
    OPENBAR_TRY(checked, check_pointer(out, "the output pointer"));
    OPENBAR_TRY(peripheral, resolve(tree, node));
    *out = handles::add(std::make_shared<FoundPeripheral>(FoundPeripheral{std::move(peripheral)}));
    return {};
}

Result<void> get_info(openbar_peripheral handle, openbar_peripheral_info* out) {
    OPENBAR_TRY(found, handles::find<FoundPeripheral>(handle));
    const PlatformPeripheral& peripheral = found->peripheral;
    return give(out, {0, peripheral.has_interrupt, peripheral.path.c_str(), peripheral.uio.c_str(),
                      static_cast<std::uint32_t>(peripheral.registers.size()), 0});
}

Result<void> get_block(openbar_peripheral handle, std::uint32_t position, openbar_block_info* out) {
    OPENBAR_TRY(found, handles::find<FoundPeripheral>(handle));
    const auto& blocks = found->peripheral.registers;
    OPENBAR_TRY(checked, check_position(position, blocks.size(), "blocks"));
    const PeripheralRegisters& block = blocks[position];
    OPENBAR_TRY(physical, Result<PhysicalRange>(block.physical));
    return give(out, {0, 0, block.name.c_str(), block.bus_address, physical.address, block.length});
}

#endif

}  // namespace
}  // namespace openbar::c

using namespace openbar::c;

openbar_code openbar_find_peripheral(const char* tree, const char* path,
                                     openbar_peripheral* peripheral) {
    return call("find a peripheral", [&] { return find_peripheral(tree, path, peripheral); });
}

openbar_code openbar_peripheral_get_info(openbar_peripheral peripheral,
                                         openbar_peripheral_info* info) {
    return call("get the information of a peripheral", [&] { return get_info(peripheral, info); });
}

openbar_code openbar_peripheral_get_block(openbar_peripheral peripheral, uint32_t position,
                                          openbar_block_info* info) {
    return call("get a block of a peripheral",
                [&] { return get_block(peripheral, position, info); });
}
