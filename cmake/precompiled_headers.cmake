# The headers that most files read, read once for all: half of an unoptimized compilation is reading
# them. `./dev test` builds so; other builds do not, and so find a file that relies on headers
# which it does not include.
#
# GCC takes a precompiled header only where the options and the macros that it saw are the same, so
# there is one for each kind of target: by what it links with, and whether it is a program.
option(OPENBAR_PRECOMPILE "Read the headers of the standard and other libraries once for all" OFF)

# Called for each target; what it links with is known at the end of its folder only.
function(openbar_precompile target)
  if(OPENBAR_PRECOMPILE)
    target_compile_options(${target} PRIVATE -fpch-preprocess)  # what ccache needs
    cmake_language(EVAL CODE "cmake_language(DEFER CALL openbar_use_precompiled ${target})")
  endif()
endfunction()

function(openbar_use_precompiled target)
  get_target_property(links ${target} LINK_LIBRARIES)
  get_target_property(type ${target} TYPE)
  set(kind openbar_headers)
  if(type STREQUAL EXECUTABLE)
    string(APPEND kind _of_programs)
  endif()
  set(libraries "")
  # Not CLI11's and not nlohmann's: whatever their headers instantiate would be compiled in every file.
  foreach(library fmt::fmt GTest::gmock)
    if(library IN_LIST links)
      list(APPEND libraries ${library})
      string(REGEX REPLACE "^.*::" "_" name ${library})
      string(APPEND kind ${name})
    endif()
  endforeach()
  if(NOT TARGET ${kind})
    openbar_precompiled_headers(${kind} "${libraries}")
  endif()
  target_precompile_headers(${target} REUSE_FROM ${kind})
endfunction()

# A target without code that holds one set of headers.
function(openbar_precompiled_headers kind libraries)
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/empty.cpp" CONTENT "" @ONLY)
  add_library(${kind} OBJECT "${PROJECT_BINARY_DIR}/empty.cpp")
  target_link_libraries(${kind} PRIVATE ${libraries})
  openbar_common_options(${kind})
  target_compile_options(${kind} PRIVATE -fpch-preprocess)
  if(kind MATCHES "_of_programs" AND NOT WIN32)
    set_target_properties(${kind} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${kind} PRIVATE -fPIE)
  endif()
  target_precompile_headers(${kind} PRIVATE <algorithm> <array> <atomic> <charconv> <chrono>
    <cstdint> <cstdio> <cstring> <expected> <filesystem> <fstream> <functional> <map> <memory>
    <mutex> <optional> <random> <span> <string> <string_view> <thread> <utility> <vector>)
  if(fmt::fmt IN_LIST libraries)
    target_precompile_headers(${kind} PRIVATE <fmt/format.h>)
  endif()
  if(GTest::gmock IN_LIST libraries)
    target_precompile_headers(${kind} PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
  endif()
endfunction()
