# The tree once more, compiled for Windows, as a part of this build: build/windows/x64/*.exe.
#
# A separate build because CMake knows one compiler for a language in a build. It is asked every
# time (that takes a tenth of a second when nothing changed), since only it knows its sources.
include(ExternalProject)
if(OPENBAR_SANITIZE)  # a tree for tests: mingw-w64 has no sanitizers, but assertions
  set(windows_build_type -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g1")
else()
  set(windows_build_type -DCMAKE_BUILD_TYPE=${CMAKE_BUILD_TYPE})
endif()
set(openbar_windows_when_asked ON)
if(BUILD_TESTING)
  set(openbar_windows_when_asked OFF)
endif()
ExternalProject_Add(windows_programs
  SOURCE_DIR "${PROJECT_SOURCE_DIR}"
  BINARY_DIR "${CMAKE_BINARY_DIR}/windows/tree"
  PREFIX "${CMAKE_BINARY_DIR}/windows/external"
  CMAKE_GENERATOR Ninja
  CMAKE_ARGS
    "-DCMAKE_TOOLCHAIN_FILE=${PROJECT_SOURCE_DIR}/cmake/mingw-w64.cmake"
    "-DCMAKE_RUNTIME_OUTPUT_DIRECTORY=${OPENBAR_WINDOWS_OUTPUT}/x64"
    ${windows_build_type} -DOPENBAR_WERROR=${OPENBAR_WERROR}
    -DBUILD_TESTING=${BUILD_TESTING} -DOPENBAR_UNITY_BUILD=${OPENBAR_UNITY_BUILD}
  BUILD_ALWAYS ON
  BUILD_COMMAND "${CMAKE_COMMAND}" --build .
  USES_TERMINAL_BUILD ON  # its steps are shown as they are done
  EXCLUDE_FROM_ALL ${openbar_windows_when_asked}
  BUILD_BYPRODUCTS "${OPENBAR_WINDOWS_OUTPUT}/x64/libopenbar_hardware.dll.a"
  INSTALL_COMMAND "")
add_dependencies(windows windows_programs)
