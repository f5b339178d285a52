#include "description/text_store.hpp"

#include "base/failure.hpp"
#include "description/plain_text.hpp"

#include <algorithm>
#include <utility>

namespace openbar::description {
namespace {

/// Made strings share chunks, each twice as large as the one before.
constexpr std::size_t first_chunk = 1024;
constexpr std::size_t largest_chunk = 256 * 1024;
/// Lines are counted once for each so many bytes.
constexpr std::size_t counted_chunk = 4096;

std::size_t newlines(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

}  // namespace

TextStore::File& TextStore::append(std::string name, std::string text, std::size_t room) {
    auto file = std::make_unique<File>();
    file->name = std::move(name);
    file->text = std::move(text);
    file->first = end_;
    end_ += static_cast<Place32>(room) + 1;
    files_.push_back(std::move(file));
    return *files_.back();
}

Result<std::size_t> TextStore::add_file(std::string name, std::string text) {
    if (text.size() >= largest_text - end_)
        return failure(ErrorCode::resource_exhausted,
                       name + ": the files of a description may have 256 MiB together",
                       "split the description");
    const std::size_t room = text.size();
    append(std::move(name), std::move(text), room);
    return files_.size() - 1;
}

Text TextStore::add(std::string_view made) {
    if (made.empty()) return {};
    if (chunk_ == nullptr || made.size() > chunk_->text.capacity() - chunk_->text.size()) {
        next_chunk_ = std::clamp(next_chunk_ * 2, first_chunk, largest_chunk);
        const std::size_t room = std::max(made.size(), next_chunk_);
        if (room >= largest_text - end_) return {};
        std::string text;
        text.reserve(room);
        const std::size_t capacity = text.capacity();
        chunk_ = &append({}, std::move(text), capacity);
    }
    const Text text{chunk_->first + static_cast<Place32>(chunk_->text.size()),
                    static_cast<std::uint32_t>(made.size())};
    chunk_->text += made;
    return text;
}

const TextStore::File& TextStore::file_at(Place32 place) const noexcept {
    const auto behind = std::ranges::upper_bound(
        files_, place, {}, [](const auto& candidate) { return candidate->first; });
    return **std::prev(behind);
}

std::string_view TextStore::view(Text text) const noexcept {
    if (text.length == 0) return {};
    const File& file = file_at(text.offset);
    return std::string_view(file.text).substr(text.offset - file.first, text.length);
}

std::string TextStore::prose(Text text) const {
    if (text.length == 0) return {};
    return file_at(text.offset).name.empty() ? std::string(view(text)) : plain_text(view(text));
}

std::size_t TextStore::line_of(const File& file, std::size_t offset) {
    std::call_once(file.counted, [&file] {
        std::uint32_t lines = 0;
        for (std::size_t start = 0; start < file.text.size(); start += counted_chunk) {
            file.lines_before.push_back(lines);
            lines += static_cast<std::uint32_t>(
                newlines(std::string_view(file.text).substr(start, counted_chunk)));
        }
    });
    if (file.lines_before.empty()) return 1;
    const std::size_t index = std::min(offset / counted_chunk, file.lines_before.size() - 1);
    const std::size_t start = index * counted_chunk;
    return file.lines_before[index] + 1 +
           newlines(std::string_view(file.text).substr(start, offset - start));
}

Location TextStore::locate(Place32 place) const {
    if (place == 0 || files_.empty()) return {};
    const File& file = file_at(place);
    if (file.name.empty()) return {};
    return {file.name, line_of(file, place - file.first)};
}

std::string TextStore::words(Place32 place) const {
    const Location location = locate(place);
    if (location.line == 0) return location.file;
    return location.file + ":" + std::to_string(location.line);
}

std::size_t TextStore::memory() const noexcept {
    std::size_t bytes = 0;
    for (const auto& file : files_)
        bytes += sizeof(File) + file->name.capacity() + file->text.capacity() +
                 file->lines_before.capacity() * sizeof(std::uint32_t);
    return bytes;
}

}  // namespace openbar::description
