# Fuzzers: programs that feed a function random input, guided by what it makes the function do.
#
#   openbar_fuzzer(device_tree_fuzzer SOURCES device_tree_fuzzer.cpp LIBRARIES openbar_device_tree
#                  LINK fdt fmt SEEDS "${seeds}" RUNS 10000)
#
# The fuzzer, and the sources of LIBRARIES (targets of this build), are compiled by clang with libFuzzer and
# the address and undefined-behaviour sanitizers. CTest runs each for RUNS inputs, with the label
# `fuzz`. SEEDS is a folder of inputs to start from. To go on for longer:
#
#   build/tests/fuzz/device_tree_fuzzer -max_total_time=600 build/tests/fuzz/device_tree_fuzzer.corpus
find_program(OPENBAR_FUZZ_COMPILER NAMES clang++-19)

function(openbar_fuzzer name)
  cmake_parse_arguments(FUZZ "" "RUNS;SEEDS;MAX_LENGTH" "SOURCES;LIBRARIES;LINK;DEPENDS" ${ARGN})
  if(NOT OPENBAR_FUZZ_COMPILER)
    message(STATUS "${name} left out: there is no clang++-19")
    return()
  endif()
  set(compile ${OPENBAR_CCACHE} ${OPENBAR_FUZZ_COMPILER} -std=c++23 -O1 -gline-tables-only -fno-omit-frame-pointer
      -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -DOPENBAR_FUZZING
      -I${PROJECT_SOURCE_DIR}/include -I${PROJECT_SOURCE_DIR}/src -I${PROJECT_SOURCE_DIR})
  set(sources)
  foreach(source IN LISTS FUZZ_SOURCES)
    list(APPEND sources "${CMAKE_CURRENT_SOURCE_DIR}/${source}")
  endforeach()
  foreach(library IN LISTS FUZZ_LIBRARIES)
    # In one batch, as cmake/openbar_targets.cmake says.
    get_target_property(folder ${library} SOURCE_DIR)
    get_target_property(parts ${library} SOURCES)
    list(TRANSFORM parts REPLACE "(.+)" "#include \"${folder}/\\1\"\n")
    list(JOIN parts "" batch)
    file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${library}.cpp" CONTENT "${batch}" @ONLY)
    list(APPEND sources "${CMAKE_CURRENT_BINARY_DIR}/${library}.cpp")
  endforeach()
  set(objects)
  foreach(source IN LISTS sources)
    file(RELATIVE_PATH relative "${PROJECT_SOURCE_DIR}" "${source}")
    string(REPLACE "/" "_" relative "${relative}")
    set(object "${CMAKE_CURRENT_BINARY_DIR}/objects/${relative}.o")
    list(APPEND objects "${object}")
    # Fuzzers share what they have in common.
    get_property(known DIRECTORY PROPERTY OPENBAR_FUZZ_OBJECTS)
    if(NOT object IN_LIST known)
      set_property(DIRECTORY APPEND PROPERTY OPENBAR_FUZZ_OBJECTS "${object}")
      add_custom_command(OUTPUT "${object}" DEPENDS "${source}" DEPFILE "${object}.d"
        COMMAND ${compile} -MD -MF "${object}.d" -MT "${object}" -c "${source}" -o "${object}"
        COMMENT "Compiling ${relative} for fuzzers" VERBATIM)
    endif()
  endforeach()
  file(MAKE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/objects"
       "${CMAKE_CURRENT_BINARY_DIR}/${name}.corpus")
  list(TRANSFORM FUZZ_LINK PREPEND -l)
  set(program "${CMAKE_CURRENT_BINARY_DIR}/${name}")
  add_custom_command(OUTPUT "${program}" DEPENDS ${objects} ${FUZZ_DEPENDS}
    COMMAND ${compile} ${objects} ${FUZZ_LINK} -o "${program}" COMMENT "Linking ${name}" VERBATIM)
  add_custom_target(build_${name} ALL DEPENDS "${program}")
  if(NOT FUZZ_RUNS)
    set(FUZZ_RUNS 10000)
  endif()
  if(NOT FUZZ_MAX_LENGTH)
    set(FUZZ_MAX_LENGTH 4096)
  endif()
  add_test(NAME ${name}
    COMMAND "${program}" -seed=1 -runs=${FUZZ_RUNS} -max_len=${FUZZ_MAX_LENGTH} -timeout=10
            -rss_limit_mb=2048 -verbosity=0 "-artifact_prefix=${program}.failed-"
            "${program}.corpus" ${FUZZ_SEEDS})
  set_tests_properties(${name} PROPERTIES LABELS fuzz TIMEOUT 300)
endfunction()
