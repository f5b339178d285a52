# How every target of the project is compiled, said once.
#
#   openbar_library(openbar_base error.cpp)            a static library; its root is the repository
#   openbar_program(openbar main.cpp)                  a program
#   openbar_test(unit_tests error_test.cpp LIBRARIES openbar_base)    GoogleTest, found by CTest
#
# OPENBAR_SANITIZE=address,undefined (or thread) builds everything with those sanitizers, and with
# assertions: what `./dev test` runs.
set(OPENBAR_SANITIZE "" CACHE STRING "Sanitizers for the whole build, as -fsanitize= takes them")
option(OPENBAR_WERROR "Treat warnings as errors" ${PROJECT_IS_TOP_LEVEL})

if(NOT CMAKE_BUILD_TYPE AND PROJECT_IS_TOP_LEVEL)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(OPENBAR_CCACHE ccache)
if(OPENBAR_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # What was compiled in one checkout serves the next one.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}
      CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros ${OPENBAR_CCACHE})
endif()

# The files of a target of openbar's are compiled in batches, from nothing in a third of the time: most of the
# work is reading headers and instantiating their templates. A name that a file keeps to itself is therefore
# one that no other file of its target uses. Whoever changes one file again and again is faster with
# -DOPENBAR_UNITY_BUILD=OFF, which also finds a file that relies on headers it does not include. A property of
# these targets, and not CMAKE_UNITY_BUILD: a program that embeds openbar is compiled as its own build says.
option(OPENBAR_UNITY_BUILD "Compile the files of openbar's targets in batches" ON)

function(openbar_compile_options target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${OPENBAR_UNITY_BUILD} UNITY_BUILD_BATCH_SIZE 64)
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}")
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    -Wno-missing-field-initializers
    # Clang means more by these: also names of other files of a batch, and constants that fit.
    $<$<CXX_COMPILER_ID:Clang>:-Wno-shadow -Wno-sign-conversion -Wno-zero-length-array>
    # What a lock guards is not reached without it: src/base/mutex.hpp.
    $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
    $<$<BOOL:${OPENBAR_WERROR}>:-Werror>)
  if(OPENBAR_SANITIZE)
    # GCC warns of values that only its own instrumentation leaves uninitialized.
    target_compile_options(${target} PRIVATE -fsanitize=${OPENBAR_SANITIZE}
      -fno-sanitize-recover=all -fno-omit-frame-pointer -O0 -UNDEBUG
      # Lines in reports for the libraries; a test that fails names its own.
      $<IF:$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>,-g0,-g1>
      $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
    # Position-independent, a program would relocate a million of UBSan's records whenever it starts.
    target_link_options(${target} PRIVATE -fsanitize=${OPENBAR_SANITIZE}
      $<$<CXX_COMPILER_ID:Clang>:-fuse-ld=lld>  # in a quarter of GNU ld's time
      $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-no-pie>)
  endif()
endfunction()

function(openbar_library target)
  add_library(${target} STATIC ${ARGN})
  # By the names that an installed openbar gives them (cmake/openbar_package.cmake).
  string(REGEX REPLACE "^openbar_" "" name ${target})
  add_library(openbar::${name} ALIAS ${target})
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(${target} PUBLIC cxx_std_23)
  openbar_compile_options(${target})
endfunction()

function(openbar_program target)
  add_executable(${target} ${ARGN})
  openbar_compile_options(${target})
endfunction()

# Reads GoogleTest's headers once for all programs for which it is called: 2 s of each compilation of
# the tested tree. Others are left alone, since GCC would have to be given the very same options for each.
function(openbar_precompile_googletest target)
  if(NOT OPENBAR_SANITIZE OR NOT CMAKE_CXX_COMPILER_ID STREQUAL Clang)
    return()
  endif()
  set(once "${PROJECT_BINARY_DIR}/googletest_headers.cpp")
  if(NOT TARGET googletest_headers)
    file(CONFIGURE OUTPUT "${once}" CONTENT "int main() {}\n" @ONLY)
    openbar_program(googletest_headers "${once}")
    target_link_libraries(googletest_headers PRIVATE GTest::gmock)
    target_compile_options(googletest_headers PRIVATE "SHELL:-Xclang -fno-pch-timestamp")  # for ccache
    target_precompile_headers(googletest_headers PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
  endif()
  target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  target_precompile_headers(${target} REUSE_FROM googletest_headers)
endfunction()

# Tests with LABELS can be chosen by `ctest -L`; those without run everywhere.
function(openbar_test target)
  cmake_parse_arguments(TEST "" "" "LIBRARIES;LABELS" ${ARGN})
  openbar_program(${target} ${TEST_UNPARSED_ARGUMENTS})
  target_link_libraries(${target} PRIVATE ${TEST_LIBRARIES} GTest::gtest_main GTest::gmock)
  openbar_precompile_googletest(${target})
  gtest_discover_tests(${target} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS "${TEST_LABELS}")
endfunction()
