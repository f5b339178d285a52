# What QEMU is told for each --device: where it sits, and what it needs behind it.
# Fills the arrays `machine`, `device_names` and `device_slots`; needs `fail`.

# The first device sits at 00:04.0, the next at 00:05.0, and so on.
readonly first_slot=4

# has_property NAME PROPERTIES
has_property() { [[ ,$2, == *,"$1"=* ]]; }

# add_backing NAME PROPERTIES INDEX: sets `extra`, the properties to add to the device.
add_backing() {
    local id=backing$3 size
    extra=
    case $1 in
        e1000* | rtl8139 | ne2k_pci | pcnet | i8255* | i82562 | i82801 | tulip | vmxnet3 | virtio-net-pci*)
            # The guest boots no network ROM. The hub leads nowhere, but makes the link come up.
            has_property romfile "$2" || extra+=,romfile=
            has_property netdev "$2" && return
            machine+=(-netdev "hubport,id=$id,hubid=$3")
            extra+=,netdev=$id
            ;;
        ivshmem-plain)
            has_property memdev "$2" && return
            machine+=(-object "memory-backend-ram,id=$id,size=1M,share=on")
            extra+=,memdev=$id
            ;;
        nvme)
            has_property serial "$2" || extra+=,serial=$id
            has_property drive "$2" || has_property subsys "$2" && return
            machine+=(-drive "if=none,id=$id,driver=null-co,size=16M")
            extra+=,drive=$id
            ;;
    esac
}

# add_device QEMU-DEVICE: as QEMU's -device takes it.
add_device() {
    local name=${1%%,*} properties= index=${#device_names[@]} slot extra
    [[ $1 != *,* ]] || properties=${1#*,}
    if [[ $name == nvme-subsys ]]; then  # it has no slot, and comes before the functions that name it
        machine+=(-device "$1")
        return
    fi
    slot=$((first_slot + index))
    ((slot < 0x1d)) || fail "at most $((0x1d - first_slot)) devices fit"
    add_backing "$name" "$properties" "$index"
    if has_property addr "$properties" && ! has_property bus "$properties"; then
        [[ ,$properties, =~ ,addr=(0x)?([0-9a-fA-F]+) ]]
        slot=$((16#${BASH_REMATCH[2]}))
    elif ! has_property bus "$properties" && ! has_property addr "$properties"; then
        extra+=$(printf ',addr=%x' "$slot")
    else
        slot=-1
    fi
    machine+=(-device "$1$extra")
    device_names+=("$name")
    device_slots+=("$slot")
}

# print_bindings DRIVER[=QEMU-DEVICE]...: "DRIVER ADDRESS-PATTERN" lines for the guest.
print_bindings() {
    local binding driver wanted index found
    for binding; do
        driver=${binding%%=*} wanted= found=false
        [[ $binding != *=* ]] || wanted=${binding#*=}
        for index in "${!device_names[@]}"; do
            [[ -z $wanted || ${device_names[index]} == "$wanted" ]] || continue
            ((device_slots[index] >= 0)) ||
                fail "--bind cannot tell where --device ${device_names[index]} is, because its bus was given"
            printf '%s 0000:00:%02x.*\n' "$driver" "${device_slots[index]}"
            found=true
        done
        $found || fail "--bind $binding: there is no --device ${wanted:-at all}"
    done
}
