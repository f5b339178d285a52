/// How files become parts of a model: one function for each format.
#pragma once

#include "description/model.hpp"

#include <cstddef>
#include <filesystem>

namespace openbar::description {

/// What a reader is given: the model that it adds to, and a file in the model's text.
struct Source {
    Model& model;
    std::size_t file;
    std::filesystem::path path;
    const ReadOptions& options;
};

/// Each adds what the file describes to the model's tables, and returns the block that is all of it,
/// which stands in no table yet. It sets the model's name, vendor and documentation.
[[nodiscard]] Result<BlockRecord> read_svd(const Source& source);
[[nodiscard]] Result<BlockRecord> read_ipxact(const Source& source);
[[nodiscard]] Result<BlockRecord> read_systemrdl(const Source& source);
[[nodiscard]] Result<BlockRecord> read_litex_json(const Source& source);
[[nodiscard]] Result<BlockRecord> read_litex_csv(const Source& source);

/// Reads a card file, whose regions and ids it adds to the model.
[[nodiscard]] Result<void> read_card(const Source& source);

/// The format of a text, by its content and its file's name. Error: unsupported.
[[nodiscard]] Result<Format> format_of(const Source& source);

/// Reads a file of any format but card files.
[[nodiscard]] Result<BlockRecord> read_source(Source source);

}  // namespace openbar::description
