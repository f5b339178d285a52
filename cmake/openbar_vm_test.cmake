# Tests that run in a virtual machine with a real kernel and QEMU's devices (tests/vm/README.md).
#
#   openbar_vm_test(edu_by_vfio COMMAND conformance_tests 0000:00:04.0
#                   DEVICES edu e1000 IOMMU BIND vfio-pci)
#
# The devices sit at 00:04.0, 00:05.0, and so on. USER runs the command as nobody, KERNEL takes 6.12,
# ARCH takes arm64, OPTIONS are more options of `./dev vm`, TIMEOUT is in seconds. A COMMAND that is a target of this build runs
# that target's program. A boot takes seconds: let one command check much.
function(openbar_vm_test name)
  cmake_parse_arguments(VM "IOMMU;USER" "TIMEOUT;KERNEL;ARCH" "COMMAND;DEVICES;BIND;OPTIONS" ${ARGN})
  list(POP_FRONT VM_COMMAND program)
  if(TARGET ${program})
    set(program $<TARGET_FILE:${program}>)
  endif()
  if(NOT VM_TIMEOUT)
    set(VM_TIMEOUT 300)
  endif()
  if(NOT VM_KERNEL)
    set(VM_KERNEL 6.1)
  endif()
  if(NOT VM_ARCH)
    set(VM_ARCH amd64)
  endif()
  set(options --arch ${VM_ARCH} --kernel ${VM_KERNEL} --timeout ${VM_TIMEOUT} ${VM_OPTIONS})
  foreach(device IN LISTS VM_DEVICES)
    list(APPEND options --device ${device})
  endforeach()
  foreach(driver IN LISTS VM_BIND)
    list(APPEND options --bind ${driver})
  endforeach()
  if(VM_IOMMU)
    list(APPEND options --iommu)
  endif()
  if(VM_USER)
    list(APPEND options --user)
  endif()
  add_test(NAME ${name}
    COMMAND "${PROJECT_SOURCE_DIR}/tests/vm/run" "${PROJECT_BINARY_DIR}" ${options} -- ${program} ${VM_COMMAND})
  # The machine's own limit comes first, because it says what it was doing.
  math(EXPR limit "${VM_TIMEOUT} + 20")
  set_tests_properties(${name} PROPERTIES LABELS vm TIMEOUT ${limit}
    FIXTURES_REQUIRED vm-${VM_ARCH}-${VM_KERNEL})
endfunction()

# The kernel is fetched and unpacked once, before the first test that boots it.
function(openbar_vm_prepare kernel arch)
  add_test(NAME vm_prepare_${arch}_${kernel}
    COMMAND "${PROJECT_SOURCE_DIR}/tests/vm/prepare" "${PROJECT_BINARY_DIR}/vm" ${kernel} ${arch})
  set_tests_properties(vm_prepare_${arch}_${kernel} PROPERTIES LABELS vm TIMEOUT 600
    FIXTURES_SETUP vm-${arch}-${kernel})
endfunction()
