/// FILE_DEVICE_… by their numbers, with nothing between 0x01 and 0x65 where winioctl.h has none.
///
/// Sources: winioctl.h of the Windows SDK; windows-driver-docs, kernel/specifying-device-types.md.
#pragma once

#include <array>
#include <string_view>

namespace openbar::cli {

inline constexpr std::array<std::string_view, 0x66> device_type_names{
    "",                      // 0x00
    "BEEP",                  // 0x01
    "CD_ROM",                // 0x02
    "CD_ROM_FILE_SYSTEM",    // 0x03
    "CONTROLLER",            // 0x04
    "DATALINK",              // 0x05
    "DFS",                   // 0x06
    "DISK",                  // 0x07
    "DISK_FILE_SYSTEM",      // 0x08
    "FILE_SYSTEM",           // 0x09
    "INPORT_PORT",           // 0x0a
    "KEYBOARD",              // 0x0b
    "MAILSLOT",              // 0x0c
    "MIDI_IN",               // 0x0d
    "MIDI_OUT",              // 0x0e
    "MOUSE",                 // 0x0f
    "MULTI_UNC_PROVIDER",    // 0x10
    "NAMED_PIPE",            // 0x11
    "NETWORK",               // 0x12
    "NETWORK_BROWSER",       // 0x13
    "NETWORK_FILE_SYSTEM",   // 0x14
    "NULL",                  // 0x15
    "PARALLEL_PORT",         // 0x16
    "PHYSICAL_NETCARD",      // 0x17
    "PRINTER",               // 0x18
    "SCANNER",               // 0x19
    "SERIAL_MOUSE_PORT",     // 0x1a
    "SERIAL_PORT",           // 0x1b
    "SCREEN",                // 0x1c
    "SOUND",                 // 0x1d
    "STREAMS",               // 0x1e
    "TAPE",                  // 0x1f
    "TAPE_FILE_SYSTEM",      // 0x20
    "TRANSPORT",             // 0x21
    "UNKNOWN",               // 0x22
    "VIDEO",                 // 0x23
    "VIRTUAL_DISK",          // 0x24
    "WAVE_IN",               // 0x25
    "WAVE_OUT",              // 0x26
    "8042_PORT",             // 0x27
    "NETWORK_REDIRECTOR",    // 0x28
    "BATTERY",               // 0x29
    "BUS_EXTENDER",          // 0x2a
    "MODEM",                 // 0x2b
    "VDM",                   // 0x2c
    "MASS_STORAGE",          // 0x2d
    "SMB",                   // 0x2e
    "KS",                    // 0x2f
    "CHANGER",               // 0x30
    "SMARTCARD",             // 0x31
    "ACPI",                  // 0x32
    "DVD",                   // 0x33
    "FULLSCREEN_VIDEO",      // 0x34
    "DFS_FILE_SYSTEM",       // 0x35
    "DFS_VOLUME",            // 0x36
    "SERENUM",               // 0x37
    "TERMSRV",               // 0x38
    "KSEC",                  // 0x39
    "FIPS",                  // 0x3a
    "INFINIBAND",            // 0x3b
    "",                      // 0x3c
    "",                      // 0x3d
    "VMBUS",                 // 0x3e
    "CRYPT_PROVIDER",        // 0x3f
    "WPD",                   // 0x40
    "BLUETOOTH",             // 0x41
    "MT_COMPOSITE",          // 0x42
    "MT_TRANSPORT",          // 0x43
    "BIOMETRIC",             // 0x44
    "PMI",                   // 0x45
    "EHSTOR",                // 0x46
    "DEVAPI",                // 0x47
    "GPIO",                  // 0x48
    "USBEX",                 // 0x49
    "",                      // 0x4a
    "",                      // 0x4b
    "",                      // 0x4c
    "",                      // 0x4d
    "",                      // 0x4e
    "",                      // 0x4f
    "CONSOLE",               // 0x50
    "NFP",                   // 0x51
    "SYSENV",                // 0x52
    "VIRTUAL_BLOCK",         // 0x53
    "POINT_OF_SERVICE",      // 0x54
    "STORAGE_REPLICATION",   // 0x55
    "TRUST_ENV",             // 0x56
    "UCM",                   // 0x57
    "UCMTCPCI",              // 0x58
    "PERSISTENT_MEMORY",     // 0x59
    "NVDIMM",                // 0x5a
    "HOLOGRAPHIC",           // 0x5b
    "SDFXHCI",               // 0x5c
    "UCMUCSI",               // 0x5d
    "PRM",                   // 0x5e
    "EVENT_COLLECTOR",       // 0x5f
    "USB4",                  // 0x60
    "SOUNDWIRE",             // 0x61
    "FABRIC_NVME",           // 0x62
    "SVM",                   // 0x63
    "HARDWARE_ACCELERATOR",  // 0x64
    "I3C",                   // 0x65
};

}  // namespace openbar::cli
