#include "cli/support/card_argument.hpp"

#include "openbar/card_files.hpp"
#include "openbar/device.hpp"

#include "cli/support/described_device.hpp"
#include "cli/support/pci_function.hpp"

namespace openbar::cli {

Result<Description> read_card(const std::string& card) {
    const auto address = DeviceAddress::parse(card);
    auto opened = open_card(card);
    if (opened || opened.error().code != ErrorCode::not_found || !address) return opened;
    if (const auto function = find_function(*address)) {
        const PciIdentity& identity = function->identity;
        return find_card(
            {identity.vendor, identity.device, identity.subsystem_vendor, identity.subsystem});
    }
    OPENBAR_TRY(device, Device::open(*address, {.shared = true}));
    return card_of(device.info(), {});
}

void add_card(CommandLine& line, std::string& card) {
    line.required("CARD",
                  "a description file (SVD, LiteX, IP-XACT, SystemRDL, openbar's), PCI ids "
                  "(1234:11e8), a card's name (edu), or a device",
                  [&card](const std::string& word) { card = word; });
}

}  // namespace openbar::cli
