# Windows kernel drivers built on Linux: clang compiles, GNU ld links, for x64 and x86.
#
#   openbar_windows_objects(shared_buffer driver.cpp …)      compiled once for each processor
#   openbar_windows_driver(shared_buffer OBJECTS shared_buffer driver_support
#                          DESCRIPTION "Shared buffer sample")
#       makes build/windows/{x64,x86}/shared_buffer.sys, and a test of what each image imports
#
# Object sets are linked whole, so that the very objects of a driver can also be linked against
# stand-ins for what Wine lacks (STAND_IN names such an object set; it stands in front of ntoskrnl).
# IMPORTS are further import libraries, ENTRY is another entry than DriverEntry.
#
# No compiler library is linked: what an x86 compiler would call for a 64-bit division does not link.
#
# Why these tools: GCC has no __try, lld leaves the checksum 0, and clang's mingw-w64 target for x86
# writes no handler tables, so that the one file that holds a __try is compiled for x86 as
# Microsoft's compiler would lay it out (it includes nothing).
find_program(OPENBAR_CLANG NAMES clang-19 REQUIRED)
set(OPENBAR_WINDOWS_OUTPUT "${CMAKE_BINARY_DIR}/windows")
set(openbar_windows_processors x64 x86)
set(openbar_triple_x64 x86_64-w64-mingw32)
set(openbar_triple_x86 i686-w64-mingw32)
foreach(processor IN LISTS openbar_windows_processors)
  find_program(OPENBAR_LD_${processor} NAMES ${openbar_triple_${processor}}-ld REQUIRED)
  find_program(OPENBAR_WINDRES_${processor} NAMES ${openbar_triple_${processor}}-windres REQUIRED)
  find_program(OPENBAR_OBJCOPY_${processor} NAMES ${openbar_triple_${processor}}-objcopy REQUIRED)
  # What loads a driver is the kernel, and the oldest is Windows XP (5.1), for x64 Server 2003 (5.2).
  set(openbar_entry_x64 DriverEntry)
  set(openbar_entry_x86 _DriverEntry@8)
  set(openbar_system_x64 5.2)
  set(openbar_system_x86 5.1)
endforeach()

string(REPLACE "." "," openbar_version_parts "${PROJECT_VERSION}.0")
add_custom_target(windows COMMENT "All drivers and programs for Windows")

set(openbar_kernel_options
  -std=c++23 -O2 -g0 -ffreestanding -fno-exceptions -fno-rtti -fno-threadsafe-statics
  -fno-stack-protector -mno-stack-arg-probe -mno-red-zone -mno-sse4 -fms-extensions
  # Resource lists end in one-element arrays; nobody may conclude that they have one element.
  -fstrict-flex-arrays=0
  -D__INTRINSIC_DEFINED_InterlockedBitTestAndSet -D__INTRINSIC_DEFINED_InterlockedBitTestAndReset
  -DOPENBAR_VERSION_PARTS=${openbar_version_parts}
  -Wall -Wextra -Wshadow -Wconversion -Wno-\#warnings -Wno-missing-field-initializers)
if(OPENBAR_WERROR)
  list(APPEND openbar_kernel_options -Werror)
endif()

# x64 finds handlers by its unwind tables, so a function without one could not be unwound through;
# x86 has no use for them. The x86 kernel saves no floating-point state for a driver, neither SSE nor
# x87, which a compiler takes for 64-bit atomic loads; the x64 kernel always does.
set(openbar_kernel_options_x64 -fasynchronous-unwind-tables)
set(openbar_kernel_options_x86 -fno-asynchronous-unwind-tables -march=i686 -mno-sse -mno-mmx
  -mno-implicit-float)

function(openbar_windows_objects set)
  foreach(processor IN LISTS openbar_windows_processors)
    set(objects)
    foreach(source IN LISTS ARGN)
      get_filename_component(source "${source}" ABSOLUTE)
      file(RELATIVE_PATH name "${PROJECT_SOURCE_DIR}" "${source}")
      set(object "${OPENBAR_WINDOWS_OUTPUT}/${processor}/objects/${name}.obj")
      get_filename_component(folder "${object}" DIRECTORY)
      file(MAKE_DIRECTORY "${folder}")
      set(target ${openbar_triple_${processor}})
      set(strip)
      if(processor STREQUAL x86 AND source MATCHES "guarded_call.cpp$")
        set(target i686-pc-windows-msvc)
        # The list of safe handlers is for Microsoft's linker; GNU ld would put it below the image.
        set(strip COMMAND ${OPENBAR_OBJCOPY_x86} --remove-section=.sxdata "${object}")
      endif()
      add_custom_command(OUTPUT "${object}"
        COMMAND ${OPENBAR_CCACHE} ${OPENBAR_CLANG} --target=${target}
          ${openbar_kernel_options} ${openbar_kernel_options_${processor}}
          -I "${PROJECT_SOURCE_DIR}" -I "${PROJECT_SOURCE_DIR}/include" -isystem /usr/${openbar_triple_${processor}}/include/ddk
          -MD -MF "${object}.d" -c "${source}" -o "${object}"
        ${strip}
        DEPENDS "${source}" DEPFILE "${object}.d" VERBATIM
        COMMENT "Compiling ${name} for the ${processor} kernel")
      list(APPEND objects "${object}")
    endforeach()
    # Without a target in this folder, drivers of other folders could not use the objects.
    add_custom_target(windows_objects_${set}_${processor} DEPENDS ${objects})
    set_property(GLOBAL PROPERTY openbar_windows_objects_${set}_${processor} "${objects}")
  endforeach()
endfunction()

function(openbar_windows_driver name)
  cmake_parse_arguments(DRIVER "" "DESCRIPTION;ENTRY" "OBJECTS;STAND_IN;PROCESSORS;IMPORTS" ${ARGN})
  if(NOT DRIVER_PROCESSORS)
    set(DRIVER_PROCESSORS ${openbar_windows_processors})
  endif()
  foreach(processor IN LISTS DRIVER_PROCESSORS)
    set(objects)
    foreach(set IN LISTS DRIVER_STAND_IN DRIVER_OBJECTS)
      get_property(part GLOBAL PROPERTY openbar_windows_objects_${set}_${processor})
      list(APPEND objects ${part})
    endforeach()

    set(entry ${openbar_entry_${processor}})
    if(DRIVER_ENTRY)
      set(entry ${DRIVER_ENTRY})
    endif()
    set(image "${OPENBAR_WINDOWS_OUTPUT}/${processor}/${name}.sys")
    set(script "${OPENBAR_WINDOWS_OUTPUT}/${processor}/objects/${name}.rc")
    string(REPLACE "." "," version_commas "${PROJECT_VERSION}.0")
    configure_file("${PROJECT_SOURCE_DIR}/cmake/windows_driver_version.rc.in" "${script}" @ONLY)
    set(resource "${script}.obj")
    add_custom_command(OUTPUT "${resource}"
      COMMAND ${OPENBAR_WINDRES_${processor}} "${script}" "${resource}"
      DEPENDS "${script}" VERBATIM)
    add_custom_command(OUTPUT "${image}"
      COMMAND ${OPENBAR_LD_${processor}} -shared --subsystem native:${openbar_system_${processor}}
        --major-os-version 5 --minor-os-version 1 --entry ${entry}
        --dynamicbase --nxcompat --wdmdriver --section-alignment 0x1000 --exclude-all-symbols
        --disable-auto-import --strip-all
        -L /usr/${openbar_triple_${processor}}/lib ${objects} "${resource}"
        ${DRIVER_IMPORTS} -lntoskrnl -lhal
        -o "${image}"
      DEPENDS ${objects} "${resource}" ${DRIVER_IMPORTS} VERBATIM
      COMMENT "Linking ${processor}/${name}.sys")
    add_custom_target(windows_${name}_${processor} ALL DEPENDS "${image}")
    add_dependencies(windows windows_${name}_${processor})

    if(BUILD_TESTING AND NOT DRIVER_STAND_IN)
      add_test(NAME windows_image.${name}.${processor} COMMAND
        "${PROJECT_SOURCE_DIR}/tests/wine/check_driver_image" "${image}"
        "${PROJECT_SOURCE_DIR}/tests/wine/server_2003_exports.txt")
      set_tests_properties(windows_image.${name}.${processor} PROPERTIES LABELS windows)
    endif()
  endforeach()
endfunction()
