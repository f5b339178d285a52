/// What a program and the shared_buffer driver agree on.
///
///     HANDLE device = CreateFileW(L"\\\\.\\OpenbarSharedBuffer", GENERIC_READ | GENERIC_WRITE, …);
///     OVERLAPPED at = {.Offset = 16};
///     WriteFile(device, "hello", 5, &count, &at);           // the buffer grows to 21 bytes
///     DeviceIoControl(device, SHARED_BUFFER_GET_SIZE, NULL, 0, &size, sizeof size, &count, NULL);
///
/// One buffer for all programs. Reads and writes act at a position: a read returns what lies there,
/// up to the end of the buffer (0 bytes at or past it); a write past the end makes the buffer grow,
/// with zeros in between. A negative position is ERROR_INVALID_PARAMETER. Growth beyond the limit
/// is ERROR_DISK_FULL, and where there is no memory ERROR_NO_SYSTEM_RESOURCES; the contents stay as
/// they were. The limit is the REG_DWORD MaximumSize of the driver's service key, read when the
/// driver starts; without it 65536 bytes.
///
/// The four codes carry FILE_ANY_ACCESS, as in the book that this sample follows: whoever can open
/// the device can empty it. A driver with something to lose asks for FILE_WRITE_DATA.
#pragma once

#ifndef CTL_CODE  // a program; a driver has it from ntddk.h
#include <windows.h>
#include <winioctl.h>
#endif

/// Sets every byte of the buffer to zero; its size stays. No input, no output.
#define SHARED_BUFFER_ZERO CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)
/// Gives the buffer back: its size is 0 afterwards. No input, no output.
#define SHARED_BUFFER_REMOVE CTL_CODE(FILE_DEVICE_UNKNOWN, 0x802, METHOD_BUFFERED, FILE_ANY_ACCESS)
/// Output: the size as a 32-bit number. Less room is ERROR_INSUFFICIENT_BUFFER.
#define SHARED_BUFFER_GET_SIZE \
    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x803, METHOD_BUFFERED, FILE_ANY_ACCESS)
/// Output: the whole buffer. Where the output is too small, ERROR_MORE_DATA and the size needed as
/// a 32-bit number; where it cannot even hold that, ERROR_INSUFFICIENT_BUFFER and nothing.
#define SHARED_BUFFER_GET_CONTENTS \
    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x804, METHOD_BUFFERED, FILE_ANY_ACCESS)

#define SHARED_BUFFER_NAME "OpenbarSharedBuffer"
#define SHARED_BUFFER_LINK L"\\\\.\\OpenbarSharedBuffer"
#define SHARED_BUFFER_DEFAULT_LIMIT 65536u
