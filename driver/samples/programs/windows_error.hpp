/// Windows' error numbers by the names that the documentation uses.
#pragma once

#include <windows.h>

#include <string>

namespace openbar::samples {

/// `"ERROR_MORE_DATA"`; a number for those that the samples never see.
inline std::string error_name(DWORD error) {
    switch (error) {
        case ERROR_SUCCESS: return "success";
        case ERROR_INVALID_FUNCTION: return "ERROR_INVALID_FUNCTION";
        case ERROR_FILE_NOT_FOUND: return "ERROR_FILE_NOT_FOUND";
        case ERROR_ACCESS_DENIED: return "ERROR_ACCESS_DENIED";
        case ERROR_INVALID_PARAMETER: return "ERROR_INVALID_PARAMETER";
        case ERROR_INSUFFICIENT_BUFFER: return "ERROR_INSUFFICIENT_BUFFER";
        case ERROR_DISK_FULL: return "ERROR_DISK_FULL";
        case ERROR_MORE_DATA: return "ERROR_MORE_DATA";
        case ERROR_NOACCESS: return "ERROR_NOACCESS";
        case ERROR_NO_SYSTEM_RESOURCES: return "ERROR_NO_SYSTEM_RESOURCES";
        default: return "error " + std::to_string(error);
    }
}

}  // namespace openbar::samples
