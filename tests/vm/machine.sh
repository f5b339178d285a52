# QEMU's command line. Fills `machine`, `binding_lines` and `module_files`.

# An accelerator is used only where the processor says that it has one: /dev/kvm can exist and hang.
accelerator() {
    if grep -qE -m1 '^flags.*\b(vmx|svm)\b' /proc/cpuinfo && [[ -r /dev/kvm && -w /dev/kvm ]]; then
        echo kvm
    else
        echo tcg
    fi
}

# need_program NAME PACKAGE
need_program() { command -v "$1" >/dev/null || fail "$1 is missing: apt-get install $2"; }

# Each sets `machine`, `bus` and `arguments`, the kernel's command line.
describe_amd64() {
    local type=pc
    need_program qemu-system-x86_64 qemu-system-x86
    # On a busy host the kernel finds its timer too slow for its own check, and panics.
    bus=pci.0 arguments="console=ttyS0 mitigations=off no_timer_check"
    machine=(qemu-system-x86_64 -cpu "qemu64,+rdrand")
    if $iommu; then
        type=q35,kernel-irqchip=split bus=pcie.0
        machine+=(-device intel-iommu,intremap=on)
        arguments+=" intel_iommu=on"
    fi
    # SeaBIOS gives every BAR a separate page; qboot leaves BARs to the kernel, which packs them.
    ! $pack_bars || machine+=(-bios qboot.rom)
    machine+=(-machine "$type,accel=$(accelerator)")
}

describe_arm64() {
    need_program qemu-system-aarch64 qemu-system-arm
    bus=pcie.0 arguments="console=ttyAMA0"
    machine=(qemu-system-aarch64 -cpu cortex-a57)
    ! $iommu || machine+=(-machine iommu=smmuv3)
    # VFIO needs the third interrupt controller.
    machine+=(-machine virt,gic-version=3,accel=tcg)
}

describe_machine() {
    local bus device arguments module_names=("${modules[@]}")
    "describe_$arch"
    # The last two only cost time in a machine that lives for seconds and guards nothing. Where every start of a
    # program finds its code at the same addresses, QEMU need not translate it again.
    arguments+=" panic=-1 oops=panic quiet norandmaps cryptomgr.notests rodata=off"
    machine+=(-nodefaults -no-user-config -display none -no-reboot -m "$memory"
        -kernel "$prepared/vmlinux" -initrd "$prepared/initramfs" -append "$arguments ${boot_arguments[*]}"
        -chardev file,id=log,path=/dev/fd/3 -serial chardev:log
        -fsdev local,id=host,path=/,security_model=none,readonly=on,multidevs=remap
        -device "virtio-9p-pci,fsdev=host,mount_tag=host,bus=$bus,addr=1e.0,multifunction=on"
        -device "virtio-serial-pci,bus=$bus,addr=1e.1"
        -chardev stdio,id=stdin,signal=off
        -chardev file,id=stdout,path=/dev/fd/4 -chardev file,id=stderr,path=/dev/fd/5
        -chardev file,id=control,path=/dev/fd/3
        -device virtserialport,nr=1,chardev=stdin -device virtserialport,nr=2,chardev=stdout
        -device virtserialport,nr=3,chardev=stderr -device virtserialport,nr=4,chardev=control)
    device_names=() device_slots=()
    for device in "${devices[@]}"; do add_device "$device"; done
    binding_lines=$(print_bindings "${bindings[@]}")
    [[ $binding_lines != *vfio-pci* ]] || module_names+=(vfio-pci vfio_iommu_type1)
    [[ $binding_lines != *uio_pci_generic* ]] || module_names+=(uio_pci_generic)
    machine+=("${qemu_arguments[@]}")
    module_files=
    ((${#module_names[@]} == 0)) ||
        module_files=$("$here/module_order" "$prepared" "${module_names[@]}") || exit "$harness_failed"
}
