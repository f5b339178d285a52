#include "description/read.hpp"
#include "description/svd/reader.hpp"

namespace openbar::description {

Result<BlockRecord> read_svd(const Source& source) {
    OPENBAR_TRY(xml, XmlFile::parse(source.model.text, source.file));
    BlockRecord root;
    root.where.fill(xml.place(xml.root()));
    OPENBAR_TRY(done, svd::Reader(source.model, xml).read_device(root));
    return root;
}

}  // namespace openbar::description
