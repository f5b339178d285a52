#include "cli/commands.hpp"
#include "cli/support/command_line.hpp"
#include "cli/support/json.hpp"
#include "cli/support/stop_request.hpp"
#include "cli/support/table.hpp"
#include "cli/support/text.hpp"
#include "simulator/models/described/described_card.hpp"
#include "simulator/registry.hpp"
#include "simulator/vfio_user/server.hpp"

#include <memory>
#include <string>

namespace openbar::cli {
namespace {

struct SimArguments {
    std::string model;
    std::string card;
    std::string socket;
    bool trace = false;
    bool list = false;
};

Json model_json(const simulator::ModelEntry& entry) {
    Json parameters = Json::array();
    for (const auto& parameter : entry.parameters)
        parameters.push_back({{"name", parameter.name},
                              {"default", parameter.default_value},
                              {"meaning", parameter.meaning}});
    return {{"name", entry.name}, {"summary", entry.summary}, {"parameters", parameters}};
}

Result<ExitCode> list_models(const simulator::Registry& registry, Console& console) {
    if (console.json) {
        Json models = Json::array();
        for (const simulator::ModelEntry& entry : registry.entries())
            models.push_back(model_json(entry));
        print_json(console.out, models);
        return ExitCode::done;
    }
    for (const simulator::ModelEntry& entry : registry.entries()) {
        console.out.print("{}  {}\n", console.out.colored(Color::bold, entry.name), entry.summary);
        for (const auto& parameter : entry.parameters)
            console.out.print("  {}={}  {}\n", parameter.name, parameter.default_value,
                              parameter.meaning);
    }
    return ExitCode::done;
}

/// A card from its description, which says on standard error what touches nothing described.
Result<std::unique_ptr<simulator::Model>> described_card(const std::string& card,
                                                         Console& console) {
    return simulator::DescribedCard::open(card, {.report = [&console](const std::string& words) {
                                              console.diagnostics.print("card: {}\n",
                                                                        with_controls_shown(words));
                                              static_cast<void>(console.diagnostics.flush());
                                          }});
}

Result<ExitCode> sim(const SimArguments& arguments, Console& console) {
    const auto registry = simulator::Registry::with_built_in();
    if (arguments.list) return list_models(registry, console);
    auto model = arguments.card.empty() ? registry.create(arguments.model)
                                        : described_card(arguments.card, console);
    if (!model) return std::move(model).error();

    simulator::vfio_user::ServerOptions options;
    if (arguments.trace)
        options.trace = [&console](const simulator::TraceEvent& event) {
            console.out.print("{}\n", to_string(event));
            static_cast<void>(console.out.flush());
        };
    auto server =
        simulator::vfio_user::Server::listen(std::move(*model), arguments.socket, options);
    if (!server) return std::move(server).error();

    const StopRequest stop([&server] { (*server)->stop(); });
    if (console.diagnostics.is_terminal()) {
        console.diagnostics.print("{} listens at {}; open it as vfio-user:{}, end it with Ctrl-C\n",
                                  arguments.card.empty() ? arguments.model : arguments.card,
                                  arguments.socket, arguments.socket);
        static_cast<void>(console.diagnostics.flush());
    }
    return done_or_error((*server)->run());
}

void check(const SimArguments& arguments, bool json) {
    const bool serves = !arguments.model.empty() || !arguments.card.empty() ||
                        !arguments.socket.empty() || arguments.trace;
    if (arguments.list && serves)
        throw WrongUsage("--list lists the models and serves none: omit the other arguments");
    if (arguments.list) return;
    if (json) throw WrongUsage("--json needs --list: a server prints no JSON");
    if (arguments.model.empty() && arguments.card.empty())
        throw WrongUsage("MODEL is missing\n  hint: openbar sim --list shows the models");
    if (!arguments.model.empty() && !arguments.card.empty())
        throw WrongUsage("MODEL and --card are two cards: omit one");
    if (arguments.socket.empty())
        throw WrongUsage("--socket is missing: the path of the socket to listen at");
}

Run declare_sim(CommandLine& line) {
    auto arguments = std::make_shared<SimArguments>();
    line.optional("MODEL", "edu or 82540em, with its parameters: edu,dma_time=1ms",
                  [arguments](const std::string& word) { arguments->model = word; });
    line.option("--card", "FILE", "a card made of the registers that this file describes",
                [arguments](const std::string& word) { arguments->card = word; });
    line.option("--socket", "PATH", "the UNIX socket to listen at",
                [arguments](const std::string& word) { arguments->socket = word; });
    line.flag("--trace", arguments->trace, "print each access, DMA transfer and interrupt");
    line.flag("--list", arguments->list, "print the models and their parameters, and end");
    line.check([arguments, &json = line.json()] { check(*arguments, json); });
    return [arguments](Console& console) { return sim(*arguments, console); };
}

}  // namespace

constexpr Command sim_command{
    .name = "sim",
    .summary = "serve a simulated card to other programs",
    .usage =
        "MODEL --socket PATH [--trace]\n"
        "       openbar sim --card FILE --socket PATH [--trace]\n"
        "       openbar sim --list [--json]",
    .description =
        R"(Serves a model of a card on a UNIX socket, by the vfio-user protocol, until Ctrl-C. Any
vfio-user client can use it, one after another; the card keeps its state in between. Only this user
may open the socket. For a card inside one program, open sim:MODEL instead, without a server.

With --card, the card has the registers of a description: reset values, access, side effects of
reading and writing, widths. Accesses to what is not described are reported on standard error.

--trace prints a line for each event:
  read   bar0 0x00000008 4 = 0x00000078        an access: region, offset, bytes, value
  dma    write 0x0000000000010000 4096 bytes   by the card, to memory of the client
  irq    MSI 0
)",
    .examples = R"(  openbar sim edu --socket /tmp/edu.sock --trace
  openbar read vfio-user:/tmp/edu.sock bar0 0      in another terminal
  openbar sim --card card.svd --socket /tmp/card.sock
  openbar sim --list
)",
    .json = true,
    .declare = declare_sim};

}  // namespace openbar::cli
