/// The folder that Windows installs a driver from: the INF and the drivers beside it.
///
///     Package package{installation, "build/windows", "my_card"};
///     auto inf = package.write();              // my_card/openbar_ven_1234_dev_11e8.inf, x64, x86
#pragma once

#include "cli/inf/installation.hpp"
#include "cli/inf/made_files.hpp"

#include <string>
#include <string_view>

namespace openbar::cli {

struct Package {
    const Installation& installation;
    std::string drivers{};  ///< the folder of the drivers as they were built; empty: only the INF
    std::string output{};   ///< the folder to write to; made if it is missing
    bool force = false;     ///< overwrite what is there

    /// Where a driver lies within the folder: "x64/openbar_ven_1234_dev_11e8.sys".
    [[nodiscard]] std::string driver_file(std::string_view processor) const;
    /// The INF's path. Errors: io, busy (a file exists), invalid_argument (what cannot be written,
    /// or a driver without a place for the permit); then nothing is left that was not there.
    [[nodiscard]] Result<std::string> write() const;

private:
    [[nodiscard]] Result<void> check_absence(const std::string& path) const;
    [[nodiscard]] Result<void> write_driver(std::string_view processor,
                                            const openbar_permit& permit, MadeFiles& made) const;
    [[nodiscard]] Result<void> write_file(const std::string& path, std::string_view bytes,
                                          MadeFiles& made) const;
};

}  // namespace openbar::cli
