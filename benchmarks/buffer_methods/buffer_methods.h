/// What the driver and the program of this benchmark agree on: bulk of any length, one way, by each
/// method. The driver touches every byte once, as any driver would.
#pragma once

#ifndef CTL_CODE  // a program; a driver has it from ntddk.h
#include <windows.h>
#include <winioctl.h>
#endif

#define BULK_ACCESS (FILE_READ_DATA | FILE_WRITE_DATA)
#define BULK_CODE(function, method) CTL_CODE(FILE_DEVICE_UNKNOWN, function, method, BULK_ACCESS)

/// To the driver, which adds the bytes up and fails where they are not all BULK_BYTE. The bulk is
/// the input buffer, or for METHOD_IN_DIRECT the second one.
#define BULK_IN_BUFFERED BULK_CODE(0x800, METHOD_BUFFERED)
#define BULK_IN_DIRECT BULK_CODE(0x801, METHOD_IN_DIRECT)
#define BULK_IN_NEITHER BULK_CODE(0x802, METHOD_NEITHER)
/// From the driver, which fills the output with BULK_BYTE.
#define BULK_OUT_BUFFERED BULK_CODE(0x804, METHOD_BUFFERED)
#define BULK_OUT_DIRECT BULK_CODE(0x805, METHOD_OUT_DIRECT)
#define BULK_OUT_NEITHER BULK_CODE(0x806, METHOD_NEITHER)

#define BULK_BYTE 0x5a
#define BULK_LINK L"\\\\.\\OpenbarBufferMethods"
