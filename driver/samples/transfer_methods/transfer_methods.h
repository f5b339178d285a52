/// What a program and the transfer_methods driver agree on.
///
///     HANDLE device = CreateFileW(L"\\\\.\\OpenbarTransferControl", GENERIC_READ | GENERIC_WRITE,
///     …); char reply[64]; DeviceIoControl(device, TRANSFER_BUFFERED, "hello", 6, reply, sizeof
///     reply, &count, NULL);
///     // reply: "buffered: the driver read 5 characters", count: its length with the zero
///
/// Three devices answer ReadFile and WriteFile, one for each way in which a driver can be given the
/// buffer: OpenbarTransferBuffered, OpenbarTransferDirect, OpenbarTransferNeither. WriteFile takes
/// a zero-terminated message; ReadFile returns "<method>: the driver read N characters", where N is
/// the length of the message last written through the same handle. A fourth,
/// OpenbarTransferControl, answers the four codes below; its ReadFile reports the last bulk input:
/// "in direct: N bytes of bulk, sum S", S being the sum of its bytes in 32 bits.
///
/// For all of them: an input without a zero within its length is ERROR_INVALID_PARAMETER, and so is
/// an empty one. Where the output is too small, ERROR_MORE_DATA and the size needed as a 32-bit
/// number; where it cannot even hold that, ERROR_INSUFFICIENT_BUFFER. An address that is not the
/// program's to use is ERROR_NOACCESS.
#pragma once

#ifndef CTL_CODE  // a program; a driver has it from ntddk.h
#include <windows.h>
#include <winioctl.h>
#endif

#define TRANSFER_ACCESS (FILE_READ_DATA | FILE_WRITE_DATA)

/// Input: a message. Second buffer: bulk *input*, of any length, which the driver reads in place.
/// The count reported is the number of bulk bytes that it read.
#define TRANSFER_IN_DIRECT CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_IN_DIRECT, TRANSFER_ACCESS)
/// Input: a message. Second buffer: output, into which the driver writes its reply in place.
#define TRANSFER_OUT_DIRECT CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_OUT_DIRECT, TRANSFER_ACCESS)
/// Input: a message. Output: the reply. Both are copied by the I/O manager.
#define TRANSFER_BUFFERED CTL_CODE(FILE_DEVICE_UNKNOWN, 0x802, METHOD_BUFFERED, TRANSFER_ACCESS)
/// Input: a message. Output: the reply. The driver is given the program's own two addresses.
#define TRANSFER_NEITHER CTL_CODE(FILE_DEVICE_UNKNOWN, 0x803, METHOD_NEITHER, TRANSFER_ACCESS)

/// Messages longer than this, with their zero, are ERROR_INVALID_PARAMETER; bulk has no such limit.
#define TRANSFER_LONGEST_MESSAGE 4096u
