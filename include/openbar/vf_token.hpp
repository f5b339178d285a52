/// A VF token: the secret that the user of an SR-IOV physical function shares with the users of its
/// virtual functions (VFIO).
///
///     auto token = openbar::VfToken::parse("14d63f20-8445-11ea-8900-1f9ce7d5650d").value();
///     openbar::OpenOptions options{.vf_token = token};
///     std::cout << openbar::Device::open("sim:edu", options).error();   // prints …needs VFIO…
///
/// If the physical function is bound to vfio-pci, VFIO opens a virtual function only with the token
/// that the physical function was opened with. While a virtual function is open, the physical
/// function needs the token as well. If a kernel driver owns the physical function, no token is
/// needed, and VFIO refuses one.
/// Source: vfio_pci_validate_vf_token in drivers/vfio/pci/vfio_pci_core.c of the Linux kernel.
#pragma once

#include "openbar/result.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace openbar {

/// A UUID.
class VfToken {
public:
    /// "14d63f20-8445-11ea-8900-1f9ce7d5650d", in upper or lower case. Error: invalid_argument.
    [[nodiscard]] static Result<VfToken> parse(std::string_view text);

    [[nodiscard]] std::string to_string() const;  ///< in lower case
    /// In the order of the text.
    [[nodiscard]] const std::array<std::byte, 16>& bytes() const noexcept { return bytes_; }

    friend bool operator==(const VfToken&, const VfToken&) = default;

private:
    explicit VfToken(const std::array<std::byte, 16>& bytes) noexcept : bytes_(bytes) {}

    std::array<std::byte, 16> bytes_;
};

}  // namespace openbar
