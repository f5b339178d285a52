#include "cli/translation/describe.hpp"

#include "cli/support/text.hpp"

#include <fmt/ranges.h>

#include <string_view>
#include <vector>

namespace openbar::cli {
namespace {

std::string hexadecimal(std::uint64_t number) {
    return fmt::format("{:#x}", number);
}

std::string_view to_string(TranslationOutcome outcome) {
    switch (outcome) {
        case TranslationOutcome::mapped: return "mapped";
        case TranslationOutcome::not_canonical: return "not canonical";
        case TranslationOutcome::not_present: return "not present";
        case TranslationOutcome::reserved_bits: return "reserved bits";
        case TranslationOutcome::outside_memory: return "outside the memory";
    }
    return "unknown";
}

std::vector<std::string> flags_of(const TranslationStep& step) {
    if (!step.readable) return {"not in the memory"};
    if (!step.present) return {"not present"};
    std::vector<std::string> flags;
    const auto add = [&](bool set, const char* name) {
        if (set) flags.emplace_back(name);
    };
    flags.emplace_back(step.leaf ? "page" : "table");
    flags.emplace_back(step.writable ? "writable" : "read-only");
    flags.emplace_back(step.user ? "user" : "kernel");
    add(!step.executable, "no-execute");
    add(step.write_through, "PWT");
    add(step.cache_disable, "PCD");
    add(step.accessed, "accessed");
    add(step.dirty, "dirty");
    add(step.global, "global");
    add(step.revisits, "(a table walked before)");
    if (step.reserved_bits != 0)
        flags.push_back(fmt::format("reserved bits {:#x}", step.reserved_bits));
    return flags;
}

std::vector<std::string> rights_of(const Translation& page) {
    return {page.user ? "user" : "kernel", page.writable ? "writable" : "read-only",
            page.executable ? "executable" : "no-execute"};
}

bool is_x86(const Paging& paging) {
    return paging.mode < PagingMode::arm64_4k;
}

std::string attributes_of(const Translation& page, const Paging& paging) {
    if (!is_x86(paging)) return fmt::format("attributes {} of MAIR_EL1", page.pat_index);
    return fmt::format("{} (PAT entry {})", openbar::to_string(page.memory_type), page.pat_index);
}

/// "CR3 0x1000", or the register of that half of the address space.
std::string root_of(const Translation& translation, const Paging& paging) {
    const bool kernel = !is_x86(paging) && translation.address >> 63 != 0;
    return fmt::format("{} {:#x}",
                       is_x86(paging) ? "CR3"
                       : kernel       ? "TTBR1"
                                      : "TTBR0",
                       kernel ? paging.ttbr1 : paging.cr3);
}

Json step_json(const TranslationStep& step) {
    Json json;
    json["level"] = openbar::to_string(step.level);
    json["index"] = step.index;
    json["entry_address"] = hexadecimal(step.entry_address);
    if (step.readable) json["entry"] = hexadecimal(step.entry);
    json["flags"] = flags_of(step);
    return json;
}

}  // namespace

void print_steps(Output& out, const Translation& translation, const Paging& paging) {
    out.print("{:#x}  {} ({} paging from {})\n", translation.address,
              explain_address(translation.linear, paging.mode), openbar::to_string(paging.mode),
              root_of(translation, paging));
    for (const auto& step : translation.steps())
        out.print("  {:<10} at {:#014x}  {:#018x}  {}\n",
                  fmt::format("{}[{}]", openbar::to_string(step.level), step.index),
                  step.entry_address, step.entry, fmt::join(flags_of(step), " "));
    if (translation.outcome != TranslationOutcome::mapped) return;
    out.print("{}  in a page of {} at {:#x}{}\n",
              out.colored(Color::bold, hexadecimal(translation.physical)),
              size_text(translation.page_size), translation.physical & ~(translation.page_size - 1),
              translation.page_in_memory ? "" : ", which is not in the memory file");
    out.print("  {}, {}{}{}\n", fmt::join(rights_of(translation), ", "),
              attributes_of(translation, paging), translation.global ? ", global" : "",
              translation.protection_key == 0
                  ? ""
                  : fmt::format(", protection key {}", translation.protection_key));
}

void print_brief(Output& out, const Translation& translation, const Paging& paging) {
    if (translation.outcome != TranslationOutcome::mapped) {
        out.print("{:#x} - {}\n", translation.address, to_string(translation.outcome));
        return;
    }
    out.print("{:#x} {:#x} {} {} {}\n", translation.address, translation.physical,
              translation.page_size, fmt::join(rights_of(translation), " "),
              is_x86(paging) ? openbar::to_string(translation.memory_type) : "-");
}

Json to_json(const Translation& translation, const Paging& paging) {
    Json json;
    json["address"] = hexadecimal(translation.address);
    if (translation.linear != translation.address)
        json["linear_address"] = hexadecimal(translation.linear);
    json["mode"] = openbar::to_string(paging.mode);
    json[is_x86(paging) ? "cr3" : "ttbr0"] = hexadecimal(paging.cr3);
    if (!is_x86(paging)) json["ttbr1"] = hexadecimal(paging.ttbr1);
    json["outcome"] = to_string(translation.outcome);
    json["steps"] = Json::array();
    for (const auto& step : translation.steps()) json["steps"].push_back(step_json(step));
    if (translation.outcome != TranslationOutcome::mapped) {
        json["because"] = translation.physical_address().error().cause;
        return json;
    }
    json["physical_address"] = hexadecimal(translation.physical);
    json["page_size"] = translation.page_size;
    json["page_in_memory"] = translation.page_in_memory;
    json["writable"] = translation.writable;
    json["user"] = translation.user;
    json["executable"] = translation.executable;
    json["global"] = translation.global;
    json["dirty"] = translation.dirty;
    json["protection_key"] = translation.protection_key;
    json["pat_index"] = translation.pat_index;
    if (is_x86(paging)) json["memory_type"] = openbar::to_string(translation.memory_type);
    return json;
}

void print_page(Output& out, const ProcessPage& page) {
    std::string state = page.present ? "present" : page.swapped ? "in swap" : "not present";
    if (page.file_or_shared) state += ", of a file or shared";
    if (page.exclusive) state += ", mapped once";
    if (page.soft_dirty) state += ", soft-dirty";
    out.print("{:#x}  {}\n", page.address, state);
    out.print("  {}\n", page.mapping.empty() ? "in no mapping of the process" : page.mapping);
    if (page.physical)
        out.print("{}  at this moment: the kernel may move it\n",
                  out.colored(Color::bold, hexadecimal(*page.physical)));
    else if (page.hidden)
        out.print(
            "  its physical address is hidden from this user: it needs root (CAP_SYS_ADMIN)\n");
}

Json to_json(const ProcessPage& page) {
    Json json;
    json["address"] = hexadecimal(page.address);
    json["present"] = page.present;
    json["swapped"] = page.swapped;
    json["file_or_shared"] = page.file_or_shared;
    json["exclusive"] = page.exclusive;
    json["soft_dirty"] = page.soft_dirty;
    json["hidden"] = page.hidden;
    json["mapping"] = page.mapping;
    if (page.physical) json["physical_address"] = hexadecimal(*page.physical);
    return json;
}

}  // namespace openbar::cli
