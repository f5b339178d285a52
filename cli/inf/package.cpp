#include "cli/inf/package.hpp"

#include "base/failure.hpp"
#include "cli/inf/driver_image.hpp"
#include "cli/support/output_file.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace openbar::cli {
namespace files = std::filesystem;

std::string Package::driver_file(std::string_view processor) const {
    return fmt::format("{}/{}.sys", processor, installation.file_name());
}

Result<void> Package::check_absence(const std::string& path) const {
    std::error_code error;
    if (force || !files::exists(path, error)) return {};
    return failure(ErrorCode::busy, "it already exists", "--force overwrites it");
}

Result<void> Package::write_file(const std::string& path, std::string_view bytes,
                                 MadeFiles& made) const {
    if (auto absent = check_absence(path); !absent) return absent;
    if (auto folder = made.folder(files::path(path).parent_path()); !folder) return folder;
    made.file(path);
    OPENBAR_TRY(file, OutputFile::create(path));
    if (auto written = file.write(bytes); !written) return written;
    return file.commit();
}

Result<void> Package::write_driver(std::string_view processor, const openbar_permit& permit,
                                   MadeFiles& made) const {
    const std::string name = fmt::format("{}.sys", installation.driver());
    const std::string source = (files::path(drivers) / processor / name).string();
    std::ifstream file(source, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (!file.is_open() || file.bad())
        return Result<void>(failure(ErrorCode::io, "it cannot be read",
                                    "--drivers is the folder with x64 and x86"))
            .attempting([&] { return "read " + source; });
    OPENBAR_TRY(filled, with_permit(bytes, permit).attempting([&] { return "fill in " + source; }));
    const std::string path = (files::path(output) / driver_file(processor)).string();
    return write_file(path, filled, made).attempting([&] { return "write " + path; });
}

// The drivers first: an INF beside which they are missing looks complete and is not.
Result<std::string> Package::write() const {
    OPENBAR_TRY(text, inf_text(installation));
    OPENBAR_TRY(permit, permit_of(installation));
    const std::string path = (files::path(output) / (installation.file_name() + ".inf")).string();
    const auto writing = [&] { return "write " + path; };
    if (auto absent = check_absence(path).attempting(writing); !absent)
        return std::move(absent).error();
    MadeFiles made;
    if (!drivers.empty())
        for (const char* processor : {"x64", "x86"})
            if (auto written = write_driver(processor, permit, made); !written)
                return std::move(written).error();
    if (auto written = write_file(path, file_bytes(text), made).attempting(writing); !written)
        return std::move(written).error();
    made.keep();
    return path;
}

}  // namespace openbar::cli
