#include "description/source_text.hpp"

#include "base/failure.hpp"
#include "base/printable.hpp"
#include "description/text_store.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <system_error>

namespace openbar::description {
namespace {

constexpr std::string_view reencode = "iconv -f ENCODING -t UTF-8 FILE";

/// How many bytes from here on form one UTF-8 character; 0 if they form none.
std::size_t character_length(std::string_view rest) {
    const auto byte = [&](std::size_t index) {
        return index < rest.size() ? static_cast<unsigned char>(rest[index]) : 0U;
    };
    const auto follows = [&](std::size_t index) { return (byte(index) & 0xc0U) == 0x80U; };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first < 0xe0) return follows(1) ? 2 : 0;
    if (first >= 0xe0 && first < 0xf0) {
        const unsigned second = byte(1);
        if (first == 0xe0 && second < 0xa0) return 0;   // overlong
        if (first == 0xed && second >= 0xa0) return 0;  // a surrogate
        return follows(1) && follows(2) ? 3 : 0;
    }
    if (first >= 0xf0 && first < 0xf5) {
        const unsigned second = byte(1);
        if (first == 0xf0 && second < 0x90) return 0;   // overlong
        if (first == 0xf4 && second >= 0x90) return 0;  // beyond U+10FFFF
        return follows(1) && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

/// The first byte that is no UTF-8, or a NUL; npos if there is none.
std::size_t first_bad(std::string_view text) {
    constexpr std::uint64_t ones = 0x0101'0101'0101'0101;
    std::size_t at = 0;
    while (at < text.size()) {
        // Many ASCII characters at once, none of them NUL.
        std::uint64_t words[8];
        while (text.size() - at >= sizeof words) {
            std::memcpy(words, text.data() + at, sizeof words);
            std::uint64_t bad = 0;
            for (const std::uint64_t word : words) bad |= word | (word - ones);
            if ((bad & (ones << 7U)) != 0) break;
            at += sizeof words;
        }
        std::uint64_t word = 0;
        while (text.size() - at >= sizeof word) {
            std::memcpy(&word, text.data() + at, sizeof word);
            if (((word | (word - ones)) & (ones << 7U)) != 0) break;
            at += sizeof word;
        }
        if (at == text.size()) break;
        const std::size_t length = text[at] == '\0' ? 0 : character_length(text.substr(at));
        if (length == 0) return at;
        at += length;
    }
    return std::string_view::npos;
}

void append_utf8(std::string& text, std::uint32_t character) {
    const auto put = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
    if (character < 0x80) return put(character);
    if (character < 0x800) {
        put(0xc0 | character >> 6);
    } else {
        if (character < 0x10000) {
            put(0xe0 | character >> 12);
        } else {
            put(0xf0 | character >> 18);
            put(0x80 | (character >> 12 & 0x3f));
        }
        put(0x80 | (character >> 6 & 0x3f));
    }
    put(0x80 | (character & 0x3f));
}

/// Lone surrogates become what `first_bad` finds.
std::string from_utf16(std::string_view bytes, bool big_endian) {
    const auto unit = [&](std::size_t at) {
        const std::uint32_t first = static_cast<unsigned char>(bytes[at]);
        const std::uint32_t second = static_cast<unsigned char>(bytes[at + 1]);
        return big_endian ? first << 8 | second : second << 8 | first;
    };
    std::string text;
    for (std::size_t at = 2; at + 1 < bytes.size(); at += 2) {
        std::uint32_t character = unit(at);
        if (character >= 0xd800 && character < 0xdc00 && at + 3 < bytes.size()) {
            const std::uint32_t low = unit(at + 2);
            if (low >= 0xdc00 && low < 0xe000) {
                character = 0x10000 + ((character - 0xd800) << 10) + (low - 0xdc00);
                at += 2;
            }
        }
        append_utf8(text, character);
    }
    return text;
}

std::string from_latin1(std::string_view bytes) {
    std::string text;
    for (const char byte : bytes) append_utf8(text, static_cast<unsigned char>(byte));
    return text;
}

/// The encoding that an XML declaration names, in lower case; empty if there is none.
std::string declared_encoding(std::string_view text) {
    if (!text.starts_with("<?xml")) return {};
    text = text.substr(0, text.find("?>"));
    const std::size_t name = text.find("encoding");
    if (name == std::string_view::npos) return {};
    const std::size_t open = text.find_first_of("\"'", name);
    if (open == std::string_view::npos) return {};
    const std::size_t close = text.find(text[open], open + 1);
    if (close == std::string_view::npos) return {};
    std::string encoding(text.substr(open + 1, close - open - 1));
    std::ranges::transform(encoding, encoding.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter | 0x20) : letter;
    });
    return encoding;
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& file) {
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    const std::string name = file.string();
    if (!std::filesystem::exists(status))
        return error && error != std::errc::no_such_file_or_directory
                   ? system_failure(error.value(), name)
                   : system_failure(ENOENT, name);
    if (!std::filesystem::is_regular_file(status))
        return failure(ErrorCode::invalid_argument, name + ": not a regular file");
    const std::uintmax_t size = std::filesystem::file_size(file, error);
    if (error) return system_failure(error.value(), name);
    if (size >= largest_text)
        return failure(ErrorCode::resource_exhausted,
                       name + ": larger than 256 MiB, the most that a description may have");
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return system_failure(errno != 0 ? errno : EIO, name);
    std::string bytes;
    bytes.resize_and_overwrite(static_cast<std::size_t>(size), [&](char* data, std::size_t room) {
        stream.read(data, static_cast<std::streamsize>(room));
        return static_cast<std::size_t>(stream.gcount());
    });
    if (stream.bad()) return system_failure(errno != 0 ? errno : EIO, name);
    return bytes;
}

Result<std::string> to_utf8(std::string bytes, std::string_view name) {
    const std::string_view view = bytes;
    if (view.starts_with("\xfe\xff") || view.starts_with("\xff\xfe")) {
        bytes = from_utf16(bytes, view.front() == '\xfe');
    } else if (view.starts_with("\xef\xbb\xbf")) {
        bytes.erase(0, 3);
    } else if (const std::string encoding = declared_encoding(bytes); !encoding.empty()) {
        if (encoding == "iso-8859-1" || encoding == "latin1")
            bytes = from_latin1(bytes);
        else if (encoding != "utf-8" && encoding != "us-ascii" && encoding != "ascii")
            return failure(ErrorCode::protocol,
                           std::string(name) + ":1: unknown encoding '" +
                               printable(encoding.substr(0, 40)) + "'",
                           std::string(reencode));
    }
    const std::size_t bad = first_bad(bytes);
    if (bad == std::string::npos) return bytes;
    const bool nul = bytes[bad] == '\0';
    return failure(ErrorCode::protocol,
                   place_in(name, bytes, bad) +
                       (nul ? ": a NUL character: not a text file, or cut off"
                            : ": byte " + printable(bytes.substr(bad, 1)) + " is not UTF-8"),
                   nul ? std::string() : std::string(reencode));
}

std::string place_in(std::string_view name, std::string_view text, std::size_t offset) {
    const auto line = 1 + std::ranges::count(text.substr(0, offset), '\n');
    return std::string(name) + ":" + std::to_string(line);
}

}  // namespace openbar::description
