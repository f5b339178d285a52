# fmt::fmt for another system than this one, from the headers of Debian's package: its functions that
# are no templates are compiled once, in place of once in each file that includes them.
#
#   openbar_debian_fmt("${folder}")                  folder/fmt/format.h
set(openbar_debian_fmt_source "${CMAKE_CURRENT_LIST_DIR}/debian_fmt.cpp")

function(openbar_debian_fmt folder)
  add_library(debian_fmt STATIC EXCLUDE_FROM_ALL "${openbar_debian_fmt_source}")
  target_include_directories(debian_fmt SYSTEM PUBLIC "${folder}")
  target_compile_features(debian_fmt PUBLIC cxx_std_20)
  target_compile_options(debian_fmt PRIVATE -w -O1 -g1)
  # Imported, so that it is not asked to be installed with what links it.
  add_library(fmt::fmt INTERFACE IMPORTED GLOBAL)
  target_link_libraries(fmt::fmt INTERFACE debian_fmt)
endfunction()
