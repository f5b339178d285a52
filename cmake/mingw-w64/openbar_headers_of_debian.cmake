# Libraries that are headers only, or can be used so, taken from Debian's packages for this machine.
# Only the named folder is seen: all of /usr/include would be Linux's C library for a Windows program.
#
#   openbar_headers_of_debian(CLI CLI11::CLI11)      /usr/include/CLI, for who links CLI11::CLI11
#
# Afterwards `openbar_headers` is the folder to include.
function(openbar_headers_of_debian folder target)
  if(TARGET ${target})
    return()
  endif()
  if(NOT EXISTS "/usr/include/${folder}")
    message(FATAL_ERROR "/usr/include/${folder} is missing: see packaging/debian-packages.txt")
  endif()
  set(headers "${CMAKE_BINARY_DIR}/headers/${folder}")
  set(openbar_headers "${headers}" PARENT_SCOPE)
  file(MAKE_DIRECTORY "${headers}")
  file(CREATE_LINK "/usr/include/${folder}" "${headers}/${folder}" SYMBOLIC)
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} SYSTEM INTERFACE "${headers}")
endfunction()
