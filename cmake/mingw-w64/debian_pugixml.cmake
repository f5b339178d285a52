# pugixml for Windows, compiled from the source of Debian's package: that for this machine has its library
# for Linux only. The version is the one that the Linux library is linked with.
set(version 1.13-0.2)
set(source "${CMAKE_BINARY_DIR}/sources/pugixml-${version}")
if(NOT EXISTS "${source}/src/pugixml.cpp")
  execute_process(COMMAND "${CMAKE_CURRENT_LIST_DIR}/fetch_debian_source" pugixml ${version} "${source}"
    RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "The source of pugixml, which Windows programs read XML with, could not be downloaded")
  endif()
endif()
add_library(debian_pugixml STATIC EXCLUDE_FROM_ALL "${source}/src/pugixml.cpp")
target_include_directories(debian_pugixml SYSTEM PUBLIC "${source}/src")
target_compile_options(debian_pugixml PRIVATE -w -O2 -g1)
set(OPENBAR_PUGIXML debian_pugixml)
