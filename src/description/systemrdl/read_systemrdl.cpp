#include "description/read.hpp"
#include "description/systemrdl/elaborator.hpp"

namespace openbar::description {

Result<BlockRecord> read_systemrdl(const Source& source) {
    OPENBAR_TRY(syntax, systemrdl::Parser(source).parse());
    return systemrdl::Elaborator(source.model, std::move(syntax)).run(source.options.top);
}

}  // namespace openbar::description
