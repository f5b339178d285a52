// csr.csv, as LiteX's get_csr_csv writes it: lines of kind, name and up to three values.
#include "description/litex/soc.hpp"
#include "description/message.hpp"
#include "description/numbers.hpp"

#include <array>

namespace openbar::description {
namespace {

using Columns = std::array<std::string_view, 5>;

/// The columns of a line; false if it has more.
bool split_columns(std::string_view line, Columns& columns) {
    for (std::string_view& column : columns) {
        const std::size_t comma = line.find(',');
        column = line.substr(0, comma);
        if (comma == std::string_view::npos) return true;
        line.remove_prefix(comma + 1);
    }
    return false;
}

class LitexCsv {
public:
    LitexCsv(Model& model, std::size_t file) noexcept : model_(model), file_(file) {}

    litex::Soc read() {
        const std::string_view text = model_.text.file_text(file_);
        for (std::size_t start = 0; start < text.size();) {
            const std::size_t end = std::min(text.find('\n', start), text.size());
            std::string_view line = text.substr(start, end - start);
            if (line.ends_with('\r')) line.remove_suffix(1);
            where_ = model_.text.place(file_, start);
            if (!line.empty() && !line.starts_with('#')) take(line);
            start = end + 1;
        }
        return std::move(soc_);
    }

private:
    void take(std::string_view line) {
        Columns columns{};
        if (!split_columns(line, columns)) return refuse(line);
        const auto& [kind, name, value, size, type] = columns;
        if (kind == "constant") return litex::take_constant(soc_, name, value);
        if (kind == "memory_region") return;
        const auto address = parse_number(value);
        if (name.empty() || !address) return refuse(line);
        if (kind == "csr_base")
            soc_.bases.push_back({std::string(name), *address, where_});
        else if (kind == "csr_register")
            take_register(line, name, *address, size, type);
        else
            refuse(line);
    }

    void take_register(std::string_view line, std::string_view name, std::uint64_t address,
                       std::string_view size, std::string_view type) {
        const auto words = parse_number(size);
        const auto access = litex::access_of(type);
        if (!words || !access) return refuse(line);
        soc_.registers.push_back({std::string(name), address, *words, *access, where_, where_});
    }

    void refuse(std::string_view line) {
        model_.add_problem(Problem::Kind::malformed, where_,
                           "line " + in_quotes(line) + " is not one that LiteX writes");
    }

    Model& model_;
    std::size_t file_;
    Place32 where_ = 0;
    litex::Soc soc_;
};

}  // namespace

Result<BlockRecord> read_litex_csv(const Source& source) {
    return litex::build(source.model, source.file, LitexCsv(source.model, source.file).read());
}

}  // namespace openbar::description
