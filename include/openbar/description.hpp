/// A card's registers by name, from a description file: CMSIS-SVD, LiteX, IP-XACT, SystemRDL, or an
/// openbar card file.
///
///     auto card = openbar::Description::read("card.svd").value();
///     auto control = card.find_register("UART0.RX[3].CTRL").value();
///     std::cout << control.offset() << "\n";                      // bytes from the region's start
///     for (auto field : control.description().fields())
///         std::cout << field.name() << " [" << field.high() << ":" << field.low() << "]\n";
///     // prints DIVIDER [15:8]
///
/// A card has regions; a region has blocks; a block has blocks and registers; a register has
/// fields; a field has enumerated values. An array of blocks or registers is one element with
/// dimensions. A `Place` is one register, with an index for each array around it.
///
/// In a file with mistakes, the faulty parts are omitted; `problems()` lists them. A file of an
/// unknown format is an error.
///
/// Thread-safety: any number of threads may call all functions. Views are valid as long as their
/// `Description`, which may be moved.
#pragma once

#include "openbar/description_elements.hpp"
#include "openbar/result.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace openbar {

namespace description {

enum class Format : std::uint8_t {
    automatic,  ///< by the content
    svd,        ///< CMSIS-SVD
    litex_json,
    litex_csv,
    ipxact,     ///< IEEE 1685-2009, -2014 and -2022
    systemrdl,  ///< SystemRDL 2.0
    card,       ///< openbar's own
};

std::string_view to_string(Format format) noexcept;  ///< "CMSIS-SVD", "LiteX csr.json", …

struct ReadOptions {
    Format format = Format::automatic;
    /// SystemRDL: files whose definitions come first, as a compiler is given several.
    std::vector<std::filesystem::path> before;
    /// SystemRDL: where `include looks behind the folder of the file that includes.
    std::vector<std::filesystem::path> include_folders;
    /// SystemRDL: the address map to elaborate. Empty: the last one that the file defines.
    std::string top;
};

/// A PCI function's ids. Subsystem ids of 0xffff stand for any.
struct PciIds {
    std::uint16_t vendor = 0;
    std::uint16_t device = 0;
    std::uint16_t subsystem_vendor = 0xffff;
    std::uint16_t subsystem = 0xffff;

    [[nodiscard]] bool operator==(const PciIds&) const = default;
};

/// One register of the card: every index of every array around it is chosen.
class Place {
public:
    Place(Region region, Register described, std::string name, std::uint64_t offset) noexcept
        : region_(region), register_(described), name_(std::move(name)), offset_(offset) {}

    [[nodiscard]] Register description() const noexcept { return register_; }
    [[nodiscard]] Region region() const noexcept { return region_; }
    /// The path within the region: "UART0.RX[3].CTRL".
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// In bytes, from the region's start.
    [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }

private:
    Region region_;
    Register register_;
    std::string name_;
    std::uint64_t offset_;
};

/// One field of one register of the card.
struct FieldPlace {
    Place place;
    Field field;
};

/// The number of elements. An array, or an element that others derive from, counts once.
struct Counts {
    std::size_t blocks = 0;
    std::size_t registers = 0;
    std::size_t fields = 0;
    std::size_t values = 0;
};

}  // namespace description

class Description {
public:
    /// Reads a file and its includes. Errors: not_found; permission_denied; io; protocol (the file
    /// violates its format); unsupported (a feature that openbar refuses); resource_exhausted (a
    /// limit, see docs/register-descriptions.md).
    [[nodiscard]] static Result<Description> read(const std::filesystem::path& file,
                                                  const description::ReadOptions& options = {});
    /// The same for text in memory. `file` is its name in messages; includes are relative to its
    /// folder.
    [[nodiscard]] static Result<Description> parse(std::string text,
                                                   const std::filesystem::path& file,
                                                   const description::ReadOptions& options = {});

    [[nodiscard]] description::Format format() const noexcept;
    [[nodiscard]] std::string_view name() const noexcept;
    [[nodiscard]] std::string_view vendor() const noexcept;
    [[nodiscard]] std::string documentation() const;
    /// Only card files have them.
    [[nodiscard]] std::span<const description::PciIds> pci_ids() const noexcept;
    /// Other files than card files describe one region and do not name it.
    [[nodiscard]] description::Views<description::Region> regions() const noexcept;

    /// The register of that name. A name is a path, "UART0.RX[3].CTRL". Its first parts may be
    /// omitted if only one register matches. It may begin with the region's name: "bar0.CTRL".
    /// Errors: not_found, with similar names; ambiguous, with the matching names.
    [[nodiscard]] Result<description::Place> find_register(std::string_view name) const;
    /// The field of that name: the names of register and field with a point between, "STATUS.DONE".
    [[nodiscard]] Result<description::FieldPlace> find_field(std::string_view name) const;
    /// All registers whose name matches a pattern, by region and in the file's order. `*` matches
    /// any characters of one part, `?` one character: "RX[3].*", "RX[*].CTRL", "*". A pattern that
    /// ends at a block matches the registers directly in it. The first parts may be omitted.
    /// Errors: not_found; resource_exhausted (more than a million).
    [[nodiscard]] Result<std::vector<description::Place>> match(std::string_view pattern) const;
    /// All registers that contain the byte at `offset` of the region, in the file's order. There
    /// are several if registers are alternatives or overlap.
    [[nodiscard]] std::vector<description::Place> at(description::Region region,
                                                     std::uint64_t offset) const;
    /// Calls `visit` for each register of the card, every element of every array, until it returns
    /// false.
    void for_each_register(const std::function<bool(const description::Place&)>& visit) const;

    /// The problems found while reading: omitted elements, and doubtful ones.
    [[nodiscard]] std::vector<description::Problem> problems() const;
    /// `problems()`, and those of the whole: overlaps, fields outside of their register, elements
    /// of arrays that are larger than their stride, enumerated values that do not fit, duplicate
    /// names. By file and line.
    [[nodiscard]] std::vector<description::Problem> check() const;

    /// The number of elements in the files.
    [[nodiscard]] description::Counts counts() const noexcept;
    /// The memory that the description uses, in bytes.
    [[nodiscard]] std::size_t memory() const noexcept;

    Description(Description&&) noexcept;
    Description& operator=(Description&&) noexcept;
    ~Description();

private:
    explicit Description(std::unique_ptr<description::Model> model) noexcept;

    std::unique_ptr<description::Model> model_;
};

}  // namespace openbar
