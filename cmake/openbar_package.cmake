# What `cmake --install` puts where, so that other projects can use the library:
#
#   find_package(openbar 0.2 REQUIRED COMPONENTS translation)      or: pkg-config --libs openbar
#   target_link_libraries(program openbar::openbar openbar::translation)
#
# A component is a library; openbar::openbar is always there. openbar::c is the shared library of the C interface. What these link is found by following
# the links, and installed with them.
include(CMakePackageConfigHelpers)
set(OPENBAR_COMPONENTS description registers device_tree translation vfio_user)
set(OPENBAR_PACKAGE_DIRECTORY "${CMAKE_INSTALL_LIBDIR}/cmake/openbar")

# openbar_links_behind(LIBRARIES OTHERS TARGET...): what the targets link, directly or not. Libraries
# of this project, the targets among them, go to LIBRARIES, each before those it needs; all else to
# OTHERS.
function(openbar_links_behind libraries_variable others_variable)
  set(libraries)
  set(others)
  foreach(name IN LISTS ARGN)
    if(NOT TARGET ${name} OR name MATCHES "::")
      list(APPEND others ${name})
      continue()
    endif()
    get_target_property(links ${name} LINK_LIBRARIES)
    if(NOT links)
      set(links)
    endif()
    openbar_links_behind(libraries_behind others_behind ${links})
    # A library that several need goes behind the last of them.
    list(REMOVE_ITEM libraries ${name} ${libraries_behind})
    list(APPEND libraries ${name} ${libraries_behind})
    list(APPEND others ${others_behind})
  endforeach()
  list(REMOVE_DUPLICATES others)
  set(${libraries_variable} "${libraries}" PARENT_SCOPE)
  set(${others_variable} "${others}" PARENT_SCOPE)
endfunction()

# Links that a program which uses the installed libraries needs too, as the linker takes them.
function(openbar_linker_options variable)
  set(options)
  foreach(link IN LISTS ARGN)
    if(link MATCHES "^\\$<BUILD_INTERFACE:")  # headers only
    elseif(link STREQUAL "Threads::Threads")
      list(APPEND options -pthread)
    elseif(link MATCHES "^\\$<INSTALL_INTERFACE:(.*)>$")
      list(APPEND options -l${CMAKE_MATCH_1})
    elseif(link MATCHES "^([A-Za-z0-9_]+)::[A-Za-z0-9_]+$")
      list(APPEND options -l${CMAKE_MATCH_1})
    else()
      message(FATAL_ERROR "openbar.pc: how does a program link ${link}?")
    endif()
  endforeach()
  set(${variable} "${options}" PARENT_SCOPE)
endfunction()

list(TRANSFORM OPENBAR_COMPONENTS PREPEND openbar_ OUTPUT_VARIABLE openbar_installed)
openbar_links_behind(openbar_installed openbar_linked openbar ${openbar_installed})
openbar_linker_options(openbar_linker_options ${openbar_linked})

foreach(library IN LISTS openbar_installed)
  string(REGEX REPLACE "^openbar_" "" name ${library})
  set_target_properties(${library} PROPERTIES EXPORT_NAME ${name})
endforeach()
install(TARGETS ${openbar_installed} EXPORT openbar COMPONENT development
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
if(TARGET openbar_c)
  install(TARGETS openbar_c EXPORT openbar COMPONENT development LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
endif()
# Linked into a program of ten lines, the libraries' debug information is twenty times its code. It stays
# in the build folder. (cmake --install --strip leaves static libraries alone.)
if(CMAKE_STRIP AND NOT CMAKE_BUILD_TYPE STREQUAL Debug)
  list(TRANSFORM openbar_installed REPLACE "(.+)"
    "\"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/lib\\1.a\"" OUTPUT_VARIABLE installed_archives)
  list(JOIN installed_archives "\n  " installed_archives)
  install(CODE "execute_process(COMMAND \"${CMAKE_STRIP}\" --strip-debug\n  ${installed_archives} COMMAND_ERROR_IS_FATAL ANY)"
    COMPONENT development)
endif()
install(DIRECTORY include/ DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT development)
install(EXPORT openbar NAMESPACE openbar:: FILE openbarTargets.cmake COMPONENT development
  DESTINATION "${OPENBAR_PACKAGE_DIRECTORY}")

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/openbarConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/package/openbarConfig.cmake"
  INSTALL_DESTINATION "${OPENBAR_PACKAGE_DIRECTORY}")
# Before 1.0 a new minor version may break what uses it.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/package/openbarConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/package/openbarConfig.cmake"
              "${PROJECT_BINARY_DIR}/package/openbarConfigVersion.cmake"
  DESTINATION "${OPENBAR_PACKAGE_DIRECTORY}" COMPONENT development)

# By their whole names: -lopenbar would find the shared library, which shows the C interface alone.
list(TRANSFORM openbar_installed REPLACE "(.+)" "-l:lib\\1.a" OUTPUT_VARIABLE openbar_archives)
list(JOIN openbar_archives " " openbar_archives)
list(JOIN openbar_linker_options " " openbar_linker_options)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_LIBDIR
  BASE_DIRECTORY "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" OUTPUT_VARIABLE openbar_pc_libdir)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_INCLUDEDIR
  BASE_DIRECTORY "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" OUTPUT_VARIABLE openbar_pc_includedir)
configure_file("${CMAKE_CURRENT_LIST_DIR}/openbar.pc.in" "${PROJECT_BINARY_DIR}/package/openbar.pc"
  @ONLY)
configure_file("${CMAKE_CURRENT_LIST_DIR}/openbar-c.pc.in" "${PROJECT_BINARY_DIR}/package/openbar-c.pc"
  @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/package/openbar.pc" "${PROJECT_BINARY_DIR}/package/openbar-c.pc"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT development)

install(FILES CHANGELOG.md LICENSE README.md DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT documentation)
install(DIRECTORY docs examples DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT documentation
  PATTERN CMakeLists.txt EXCLUDE)

if(PROJECT_IS_TOP_LEVEL)
  add_custom_target(uninstall COMMENT "Removing what was installed from this folder"
    COMMAND "${CMAKE_COMMAND}" "-DFOLDER=${PROJECT_BINARY_DIR}" "-DPREFIX=${CMAKE_INSTALL_PREFIX}"
      -P "${CMAKE_CURRENT_LIST_DIR}/uninstall.cmake" VERBATIM)
endif()
