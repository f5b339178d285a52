#include "documentation/surroundings.hpp"

#include "base/system_root.hpp"
#include "examples/sampler/sampler.hpp"
#include "simulator/vfio_user/server.hpp"
#include "unit/support/stand_in_system.hpp"
#include "unit/translation/elf_builder.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

namespace surroundings {
namespace {

namespace fs = std::filesystem;

/// Memory of a machine of which one page is mapped: by four levels of tables at 0x2a0a000.
std::vector<std::byte> guest_dump() {
    constexpr std::uint64_t base = 0x2a0a000, address = 0xffffffff81000000;
    constexpr std::uint64_t present = 1;
    std::vector<std::byte> memory(5 * 4096);
    for (unsigned level = 0; level < 4; ++level) {
        const std::uint64_t index = address >> (39 - 9 * level) & 511;
        const std::uint64_t entry = (base + (level + 1) * 4096) | present;
        std::memcpy(&memory[level * 4096 + index * 8], &entry, sizeof entry);
    }
    openbar::testing::ElfBuilder dump;
    dump.load(base, memory);
    dump.qemu_processor({.cr0 = 0x80050033, .cr3 = base, .cr4 = 0x20, .long_mode = true});
    return dump.build();
}

/// A card that other programs reach by its socket.
class ServedCard {
public:
    explicit ServedCard(const std::string& socket)
        : server_(openbar::simulator::vfio_user::Server::listen(std::make_unique<Sampler>(), socket)
                      .value()),
          thread_([this] { static_cast<void>(server_->run()); }) {}
    ~ServedCard() {
        server_->stop();
        thread_.join();
    }
    ServedCard(const ServedCard&) = delete;
    ServedCard& operator=(const ServedCard&) = delete;

private:
    std::unique_ptr<openbar::simulator::vfio_user::Server> server_;
    std::thread thread_;
};

class Surroundings : public testing::Environment {
public:
    void SetUp() override {
        system_ = std::make_unique<openbar::test::StandInSystem>();
        system_->add_function(
            {.address = "0000:00:04.0",
             .vendor = 0x1234,
             .device = 0x11e8,
             .iommu_group = 3,
             .regions = {{.index = 0, .size = 0x10000}, {.index = 2, .size = 0x100000}}});
        system_->add_driver("vfio-pci");
        const fs::path sources = SURROUNDINGS_SOURCES, built = SURROUNDINGS_BUILT;
        fs::create_directories(system_->path("/sys/firmware"));
        fs::copy_file(built / "board.dtb", system_->path("/sys/firmware/fdt"));

        folder_ = system_->path("/folder");
        fs::create_directory(folder_);
        fs::copy_file(built / "board.dtb", folder_ / "board.dtb");
        fs::copy_file(sources / "card.svd", folder_ / "card.svd");
        const std::vector<std::byte> dump = guest_dump();
        std::ofstream(folder_ / "guest.dump", std::ios::binary)
            .write(reinterpret_cast<const char*>(dump.data()),
                   static_cast<std::streamsize>(dump.size()));
        before_ = fs::current_path();
        fs::current_path(folder_);
        served_ = std::make_unique<ServedCard>("card.sock");
    }
    void TearDown() override {
        served_.reset();
        fs::current_path(before_);
        system_.reset();
    }

private:
    std::unique_ptr<openbar::test::StandInSystem> system_;
    std::unique_ptr<ServedCard> served_;
    fs::path folder_;
    fs::path before_;
};

[[maybe_unused]] const testing::Environment* const environment =
    testing::AddGlobalTestEnvironment(new Surroundings);

/// Whether `line` is `pattern`, in which "…" stands for anything.
bool fits(std::string_view line, std::string_view pattern) {
    constexpr std::string_view anything = "…";
    const auto gap = pattern.find(anything);
    if (gap == std::string_view::npos) return line == pattern;
    if (!line.starts_with(pattern.substr(0, gap))) return false;
    const std::string_view rest = pattern.substr(gap + anything.size());
    for (line.remove_prefix(gap);; line.remove_prefix(1)) {
        if (fits(line, rest)) return true;
        if (line.empty()) return false;
    }
}

}  // namespace

openbar::Device edu() {
    return openbar::Device::open("sim:edu").value();
}

void Output::fail(const std::string& why) const {
    ADD_FAILURE_AT(file_, line_) << why << "\nThe example printed\n" << text_.str();
}

void Output::require_success(int code) const {
    if (code != 0) fail("the example returned an error: " + std::to_string(code));
}

void Output::require_success(const openbar::Result<void>& result) const {
    if (!result) fail(result.error().message());
}

void Output::compare() const {
    std::istringstream printed(text_.str());
    std::string line;
    auto expected = expected_.begin();
    while (expected != expected_.end() && std::getline(printed, line))
        if (fits(line, *expected)) ++expected;
    if (expected != expected_.end())
        fail("the example says that it prints\n" + std::string(*expected));
}

}  // namespace surroundings
