/// The text of a description: each file as it was read, and strings that were made from it.
///
/// Names and documents are slices of the files where these have them as they are, so that they cost
/// nothing. A `Place32` is a place in any of the files.
#pragma once

#include "openbar/description_elements.hpp"
#include "openbar/result.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace openbar::description {

/// An offset into all files one behind the other. 0 stands for nowhere.
using Place32 = std::uint32_t;

struct Text {
    std::uint32_t offset = 0;
    std::uint32_t length = 0;

    [[nodiscard]] bool empty() const noexcept { return length == 0; }
};

/// Of all files of a description together.
inline constexpr std::size_t largest_text = std::size_t{256} << 20;

class TextStore {
public:
    /// Takes a file's text, which must be UTF-8. Error: resource_exhausted. Returns its number.
    [[nodiscard]] Result<std::size_t> add_file(std::string name, std::string text);
    /// A string that no file has as it is. Strings beyond `largest_text` come out empty.
    [[nodiscard]] Text add(std::string_view made);

    /// Stays valid as long as the store.
    [[nodiscard]] std::string_view view(Text text) const noexcept;
    [[nodiscard]] std::string_view file_text(std::size_t file) const noexcept {
        return files_[file]->text;
    }
    [[nodiscard]] const std::string& file_name(std::size_t file) const noexcept {
        return files_[file]->name;
    }
    /// Prose. As files of XML have it, a slice has references and line breaks in it, which are resolved
    /// here; a string that was made is as it is meant.
    [[nodiscard]] std::string prose(Text text) const;
    /// The place of an offset in a file.
    [[nodiscard]] Place32 place(std::size_t file, std::size_t offset) const noexcept {
        return files_[file]->first + static_cast<Place32>(offset);
    }
    [[nodiscard]] Location locate(Place32 place) const;
    /// "card.svd:12".
    [[nodiscard]] std::string words(Place32 place) const;
    [[nodiscard]] std::size_t memory() const noexcept;

private:
    /// A file, or (without a name) a chunk of made strings, whose capacity is never exceeded.
    struct File {
        std::string name;
        std::string text;
        Place32 first = 1;
        mutable std::once_flag counted;
        mutable std::vector<std::uint32_t> lines_before;  ///< of each chunk, once asked for
    };

    [[nodiscard]] static std::size_t line_of(const File& file, std::size_t offset);
    [[nodiscard]] const File& file_at(Place32 place) const noexcept;
    File& append(std::string name, std::string text, std::size_t room);

    std::vector<std::unique_ptr<File>> files_;
    File* chunk_ = nullptr;  ///< where the next made string goes
    std::size_t next_chunk_ = 0;
    Place32 end_ = 1;
};

}  // namespace openbar::description
