#include "cli/support/hexdump.hpp"

namespace openbar::cli {
namespace {

constexpr std::size_t line_size = 16;

}  // namespace

std::uint64_t element_at(std::string_view bytes, std::size_t at, unsigned width) noexcept {
    std::uint64_t value = 0;
    for (unsigned byte = width; byte-- > 0;)
        value = value << 8 | static_cast<unsigned char>(bytes[at + byte]);
    return value;
}

void Hexdump::add(std::string_view bytes) {
    pending_ += bytes;
    std::size_t at = 0;
    for (; pending_.size() - at >= line_size; at += line_size)
        print_line(std::string_view(pending_).substr(at, line_size));
    pending_.erase(0, at);
}

Hexdump::~Hexdump() {
    if (!pending_.empty()) print_line(pending_);
    if (repeats_) out_.print("{:08x}\n", offset_);  // where the repetition ended
}

void Hexdump::print_line(std::string_view line) {
    const std::uint64_t here = offset_;
    offset_ += line.size();
    if (line == last_line_) {
        if (!repeats_) out_.write("*\n");
        repeats_ = true;
        return;
    }
    repeats_ = false;
    last_line_ = line;
    std::string elements;
    for (std::size_t at = 0; at < line.size(); at += width_)
        elements += fmt::format(" {:0{}x}", element_at(line, at, width_), 2 * width_);
    const std::size_t full = line_size / width_ * (2 * width_ + 1);
    elements.resize(full, ' ');
    std::string letters(line);
    for (char& letter : letters)
        if (letter < ' ' || letter > '~') letter = '.';
    out_.print("{:08x} {}  {}\n", here, elements, letters);
}

}  // namespace openbar::cli
