// Each kind by the bytes that its own documentation or writer puts there. Sources: the RFCs and
// format descriptions of the compressors; makedumpfile; crash (diskdump.h, lkcd); Volatility 3
// (layers: avml, crash, lime, qemu, vmware); QEMU (migration/savevm.c, docs/interop/qcow2);
// Linux (kernel/power/swap.c, include/linux/swap.h); libewf; VirtualBox (SSM.cpp).
#include "translation/memory_formats.hpp"

#include "base/failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace openbar {
namespace {

using namespace std::string_view_literals;

struct Format {
    std::string_view bytes;
    std::string_view name;
    std::string_view hint;
    std::size_t offset = 0;
};

constexpr std::string_view kdump =
    "write it again: dump-guest-memory without -z, -l or -s in QEMU; makedumpfile -E for kdump";
constexpr std::string_view unpack = "unpack it first";
constexpr std::string_view raw_image = "convert it to a raw image or to LiME's format";
constexpr std::string_view vmware =
    "take the .vmem file beside it, or convert both by vmss2core to an ELF core dump";
constexpr std::string_view hibernation = "convert it to a raw image; it is compressed";
constexpr std::string_view qemu_dump = "dump the memory by dump-guest-memory or pmemsave instead";

constexpr std::array formats{
    Format{"KDUMP   "sv, "a compressed kdump", kdump},
    Format{"DISKDUMP"sv, "a compressed diskdump", kdump},
    Format{"makedumpfile"sv, "a flattened kdump", kdump},
    Format{"\xed\x23\x8f\x61\x73\x01\x19\xa8"sv, "an LKCD dump", kdump},
    Format{"PAGEDU64"sv, "a Windows crash dump", kdump},
    Format{"PAGEDUMP"sv, "a Windows crash dump", kdump},
    Format{"MDMP"sv, "a Windows minidump", "dump the whole memory instead"},
    Format{"AVML"sv, "a dump of AVML's, compressed by snappy",
           "convert it by avml-convert to LiME's format"},
    Format{"LiME"sv, "a LiME dump of a big-endian machine", raw_image},
    Format{"\xd0\xbe\xd2\xbe"sv, "a VMware state file", vmware},
    Format{"\xd1\xba\xd1\xba"sv, "a VMware state file", vmware},
    Format{"\xd2\xbe\xd2\xbe"sv, "a VMware state file", vmware},
    Format{"\xd3\xbe\xd3\xbe"sv, "a VMware state file", vmware},
    Format{"KDMV"sv, "a VMware disk", qemu_dump},
    Format{"hibr"sv, "a Windows hibernation file", hibernation},
    Format{"HIBR"sv, "a Windows hibernation file", hibernation},
    Format{"wake"sv, "a Windows hibernation file", hibernation},
    Format{"WAKE"sv, "a Windows hibernation file", hibernation},
    Format{"RSTR"sv, "a Windows hibernation file", hibernation},
    Format{"rstr"sv, "a Windows hibernation file", hibernation},
    Format{"HORM"sv, "a Windows hibernation file", hibernation},
    Format{"S1SUSPEND"sv, "a Linux hibernation image", hibernation, 4086},
    Format{"ULSUSPEND"sv, "a Linux hibernation image", hibernation, 4086},
    Format{"LINHIB0001"sv, "a Linux hibernation image", hibernation, 4086},
    Format{"SWAPSPACE2"sv, "Linux swap space", "dump the memory instead", 4086},
    Format{"QEVM"sv, "a saved state of QEMU's", qemu_dump},
    Format{"QFI\xfb"sv, "a qcow2 disk", qemu_dump},
    Format{"LibvirtQemudSave"sv, "a saved state of libvirt's",
           "dump the memory by virsh dump --memory-only instead"},
    Format{"LibvirtQemudPart"sv, "an unfinished saved state of libvirt's",
           "dump the memory by virsh dump --memory-only instead"},
    Format{"\x7fVirtualBox SavedState"sv, "a saved state of VirtualBox's",
           "dump the memory by VBoxManage debugvm … dumpvmcore instead"},
    Format{"EVF\x09\x0d\x0a\xff\x00"sv, "an EWF image", "convert it to a raw image by ewfexport"},
    Format{"HPAK"sv, "an HPAK dump", raw_image},
    Format{"\xce\xfa\xed\xfe"sv, "a Mach-O file", raw_image},
    Format{"\xcf\xfa\xed\xfe"sv, "a Mach-O file", raw_image},
    Format{"\x1f\x8b"sv, "compressed by gzip", unpack},
    Format{"\x1f\x9d"sv, "compressed by compress", unpack},
    Format{"BZh"sv, "compressed by bzip2", unpack},
    Format{"\xfd"
           "7zXZ\0"sv,
           "compressed by xz", unpack},
    Format{"\x5d\x00\x00"sv, "compressed by lzma", unpack},
    Format{"\x28\xb5\x2f\xfd"sv, "compressed by zstd", unpack},
    Format{"\x04\x22\x4d\x18"sv, "compressed by lz4", unpack},
    Format{"\x02\x21\x4c\x18"sv, "compressed by lz4", unpack},
    Format{"\x89LZO\0\r\n\x1a\n"sv, "compressed by lzop", unpack},
    Format{"LZIP"sv, "compressed by lzip", unpack},
    Format{"\xff\x06\x00\x00sNaPpY"sv, "compressed by snappy", unpack},
    Format{"7z\xbc\xaf\x27\x1c"sv, "a 7z archive", unpack},
    Format{"PK\x03\x04"sv, "a zip archive (AFF4 is one)", unpack},
    Format{"Rar!\x1a\x07"sv, "a rar archive", unpack},
    Format{"ustar"sv, "a tar archive", unpack, 257},
};

bool is(const Format& format, std::span<const std::byte> bytes) {
    if (bytes.size() < format.offset + format.bytes.size()) return false;
    return std::ranges::equal(format.bytes, bytes.subspan(format.offset, format.bytes.size()), {},
                              [](char letter) { return static_cast<std::byte>(letter); });
}

}  // namespace

Result<void> refuse_other_formats(std::span<const std::byte> bytes) {
    const auto* const format =
        std::ranges::find_if(formats, [&](const Format& each) { return is(each, bytes); });
    if (format == formats.end()) return {};
    return failure(
        ErrorCode::unsupported, fmt::format("it is {}, which cannot be read", format->name),
        fmt::format("{}; if it is a raw image that begins like one, give its base (--base "
                    "0)",
                    format->hint));
}

}  // namespace openbar
