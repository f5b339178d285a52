/// Every command, each defined in the file of its name.
#pragma once

#include "cli/command.hpp"

namespace openbar::cli {

extern const Command list_command;
extern const Command info_command;
extern const Command read_command;
extern const Command write_command;
extern const Command dump_command;
extern const Command wait_command;
extern const Command registers_command;
extern const Command generate_command;
extern const Command config_command;
extern const Command irq_command;
extern const Command dma_command;
extern const Command bind_command;
extern const Command unbind_command;
extern const Command doctor_command;
extern const Command sim_command;
extern const Command tree_command;
extern const Command translate_command;
extern const Command inf_command;
extern const Command ioctl_command;

}  // namespace openbar::cli
