#include "description/read.hpp"

#include "base/failure.hpp"
#include "description/message.hpp"
#include "description/source_text.hpp"

#include <string_view>
#include <utility>

namespace openbar::description {
namespace {

constexpr std::string_view format_names[] = {"automatic",        "CMSIS-SVD", "LiteX csr.json",
                                             "LiteX csr.csv",    "IP-XACT",   "SystemRDL",
                                             "openbar card file"};

/// The name of the first element of an XML text, without its namespace prefix.
std::string_view first_element(std::string_view text) {
    for (std::size_t open = text.find('<'); open != std::string_view::npos;
         open = text.find('<', open + 1)) {
        text.remove_prefix(open + 1);
        open = 0;
        if (text.starts_with("!--")) {
            const std::size_t end = text.find("-->");
            if (end == std::string_view::npos) return {};
            text.remove_prefix(end);
            continue;
        }
        if (text.starts_with('?') || text.starts_with('!')) continue;
        const std::string_view name = text.substr(0, text.find_first_of(" \t\r\n/>"));
        const std::size_t colon = name.find(':');
        return colon == std::string_view::npos ? name : name.substr(colon + 1);
    }
    return {};
}

}  // namespace

std::string_view to_string(Format format) noexcept {
    return format_names[std::to_underlying(format)];
}

Result<Format> format_of(const Source& source) {
    const std::string_view text = source.model.text.file_text(source.file);
    const std::string& name = source.model.text.file_name(source.file);
    const std::size_t start = text.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos)
        return failure(ErrorCode::protocol, name + ": the file is empty");
    if (text[start] == '<') {
        const std::string_view element = first_element(text);
        if (element == "device") return Format::svd;
        for (const std::string_view ours : {"component", "busDefinition", "abstractionDefinition",
                                            "design", "catalog", "typeDefinitions"})
            if (element == ours) return Format::ipxact;
    }
    if (source.path.extension() == ".rdl") return Format::systemrdl;
    if (text[start] == '{')
        return text.find("\"openbar\"") != std::string_view::npos ? Format::card
                                                                  : Format::litex_json;
    if (text.starts_with("csr_") || text.find("\ncsr_") != std::string_view::npos)
        return Format::litex_csv;
    return failure(ErrorCode::unsupported,
                   source.model.text.words(source.model.text.place(source.file, start)) +
                       ": not a format that openbar knows",
                   "it reads CMSIS-SVD, IP-XACT, SystemRDL (.rdl) and what LiteX exports");
}

Result<BlockRecord> read_source(Source source) {
    Format format = source.options.format;
    if (format == Format::automatic) {
        OPENBAR_TRY(found, format_of(source));
        format = found;
    }
    source.model.format = format;
    switch (format) {
        case Format::svd: return read_svd(source);
        case Format::ipxact: return read_ipxact(source);
        case Format::systemrdl: return read_systemrdl(source);
        case Format::litex_json: return read_litex_json(source);
        case Format::litex_csv: return read_litex_csv(source);
        default:
            return failure(ErrorCode::unsupported, source.model.text.file_name(source.file) +
                                                       ": no reader for " +
                                                       std::string(to_string(format)));
    }
}

}  // namespace openbar::description

namespace openbar {

using namespace description;

Result<Description> Description::parse(std::string text, const std::filesystem::path& file,
                                       const ReadOptions& options) {
    const auto read_text = [&]() -> Result<Description> {
        auto model = std::make_unique<Model>();
        OPENBAR_TRY(utf8, to_utf8(std::move(text), file.string()));
        OPENBAR_TRY(number, model->text.add_file(file.string(), std::move(utf8)));
        const Source source{*model, number, file, options};
        Format format = options.format;
        if (format == Format::automatic) {
            OPENBAR_TRY(found, format_of(source));
            format = found;
        }
        if (format == Format::card) {
            OPENBAR_TRY(read, read_card(source));
        } else {
            OPENBAR_TRY(root, read_source(source));
            model->blocks.push_back(root);
            model->regions.push_back(
                {{}, -1, static_cast<std::uint32_t>(model->blocks.size() - 1)});
        }
        OPENBAR_TRY(finished, model->finish());
        return Description(std::move(model));
    };
    return read_text().attempting([&] { return "read the description " + file.string(); });
}

Result<Description> Description::read(const std::filesystem::path& file,
                                      const ReadOptions& options) {
    auto text = read_file(file).attempting([&] { return "read the description " + file.string(); });
    if (!text) return std::move(text).error();
    return parse(*std::move(text), file, options);
}

}  // namespace openbar
