#include "base/failure.hpp"
#include "description/ipxact/reader.hpp"
#include "description/message.hpp"
#include "description/read.hpp"

namespace openbar::description {

Result<BlockRecord> read_ipxact(const Source& source) {
    OPENBAR_TRY(xml, XmlFile::parse(source.model.text, source.file));
    if (ipxact::local_name(xml.root()) != "component")
        return failure(ErrorCode::unsupported,
                       source.model.text.words(xml.place(xml.root())) + ": " +
                           in_quotes(xml.root().name()) +
                           " of IP-XACT has no registers: openbar reads components");
    return ipxact::Reader(source.model, xml).read_component();
}

}  // namespace openbar::description
