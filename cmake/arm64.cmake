# Compiles for arm64 Linux with Debian's cross compiler, static, so that the program runs on any
# board and needs nothing there:
#
#   tests/vm/device_tree/cross_build . build/vm build/arm64
#
# fetches the libraries for arm64 into a separate folder (OPENBAR_ARM64_LIBRARIES) and calls CMake with this.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(OPENBAR_ARM64_COMPILER aarch64-linux-gnu-g++ CACHE STRING "Debian's cross compiler, or clang++")
set(CMAKE_CXX_COMPILER ${OPENBAR_ARM64_COMPILER})
set(CMAKE_CXX_COMPILER_TARGET aarch64-linux-gnu)  # clang compiles for any
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES OPENBAR_ARM64_LIBRARIES OPENBAR_ARM64_COMPILER)

# The host's own headers and libraries belong to another processor.
set(CMAKE_FIND_ROOT_PATH "${OPENBAR_ARM64_LIBRARIES}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
