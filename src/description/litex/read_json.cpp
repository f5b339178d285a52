// csr.json, as LiteX's get_csr_json writes it.
#include "base/failure.hpp"
#include "description/json.hpp"
#include "description/litex/soc.hpp"
#include "description/message.hpp"

namespace openbar::description {
namespace {

using litex::Soc;

class LitexJson {
public:
    LitexJson(Model& model, const JsonValue& json) noexcept : model_(model), json_(json) {}

    Result<Soc> read() {
        for (const auto& [name, value] : section("csr_bases"))
            if (is_a(JsonValue::Kind::number, value, name))
                soc_.bases.push_back({name, value.number, value.where});
        for (const auto& [name, value] : section("csr_registers")) take_register(name, value);
        for (const auto& [name, value] : section("constants"))
            litex::take_constant(soc_, name,
                                 value.kind == JsonValue::Kind::number
                                     ? std::to_string(value.number)
                                     : value.string);
        if (json_.member("csr_registers") == nullptr)
            return failure(ErrorCode::protocol,
                           model_.text.words(json_.where) + ": no csr_registers in it",
                           "LiteX writes csr.json with --soc-json or --csr-json");
        return std::move(soc_);
    }

private:
    const std::vector<JsonMember>& section(std::string_view name) {
        static const std::vector<JsonMember> none;
        const JsonValue* value = json_.member(name);
        if (value == nullptr || !is_a(JsonValue::Kind::object, *value, name)) return none;
        return value->members;
    }

    bool is_a(JsonValue::Kind kind, const JsonValue& value, std::string_view name) {
        if (value.kind == kind) return true;
        model_.add_problem(Problem::Kind::malformed, value.where,
                           in_quotes(name) + " is not " + std::string(to_string(kind)));
        return false;
    }

    void take_register(const std::string& name, const JsonValue& value) {
        if (!is_a(JsonValue::Kind::object, value, name)) return;
        litex::CsrRegister csr{.name = name, .where = value.where, .access_where = value.where};
        bool has_address = false;
        for (const auto& [key, fact] : value.members) {
            if (key == "addr" && is_a(JsonValue::Kind::number, fact, key)) {
                csr.address = fact.number;
                has_address = true;
            }
            if (key == "size" && is_a(JsonValue::Kind::number, fact, key)) csr.words = fact.number;
            if (key != "type") continue;
            csr.access_where = fact.where;
            if (const auto access = litex::access_of(fact.string))
                csr.access = *access;
            else
                model_.add_problem(Problem::Kind::malformed, fact.where,
                                   "type " + in_quotes(fact.string) + " is not ro, rw or wo");
        }
        if (has_address)
            soc_.registers.push_back(std::move(csr));
        else
            model_.add_problem(Problem::Kind::malformed, value.where,
                               "register " + in_quotes(name) + " without an addr");
    }

    Model& model_;
    const JsonValue& json_;
    Soc soc_;
};

}  // namespace

Result<BlockRecord> read_litex_json(const Source& source) {
    OPENBAR_TRY(json, read_json(source.model.text, source.file));
    OPENBAR_TRY(soc, LitexJson(source.model, json).read());
    return litex::build(source.model, source.file, soc);
}

}  // namespace openbar::description
