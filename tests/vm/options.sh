# The options of ./dev vm. `parse_options` sets a variable for each, prints the help and exits if it is
# asked for, and exits with a message if an option is wrong.

usage() {
    cat <<'HELP'
./dev vm [OPTION...] -- COMMAND [ARGUMENT...]: run a command in a virtual machine

  --device DEVICE     a PCI device, as QEMU's -device takes it; repeatable. The first one is at
                      00:04.0, the next at 00:05.0. List them: qemu-system-x86_64 -device help
  --bind DRIVER       bind every device to uio_pci_generic or vfio-pci; DRIVER=DEVICE binds only that one
  --iommu             a machine with an IOMMU, which vfio-pci needs
  --pack-bars         let the kernel place the BARs: small ones then share a page, as on some boards
  --user              run the command as nobody, who owns the bound devices' nodes
  --module NAME       load a kernel module first; repeatable
  --arch ARCHITECTURE amd64 (default) or arm64, where the command must be a static arm64 program
                      or one of busybox
  --kernel SERIES     6.1 (default) or 6.12
  --memory SIZE       of the machine; default 512M
  --timeout SECONDS   give up after that long; default 300
  --boot-arg ARG      add to the kernel's command line; repeatable
  --qemu ARG          add to QEMU's command line; repeatable
  --console           show the guest's console on standard error
  --dry-run           print QEMU's command line and stop

The command sees the host's files read-only, except that /tmp, /run and /dev/shm are its own.
Its input, output, errors and exit code are passed on. The exit code is 123 if the guest's kernel
panicked, 124 if time ran out, 125 if the machine could not be started; each with a message.
HELP
}

wrong_usage() {
    printf '%s\n' "./dev vm: $* (see ./dev vm --help)" >&2
    exit 2
}

parse_options() {
    devices=() bindings=() modules=() boot_arguments=() qemu_arguments=()
    iommu=false pack_bars=false user=no arch=amd64 kernel=6.1 memory=512M timeout=300 console=false dry_run=false
    while (($#)); do
        case $1 in
            --device | --bind | --module | --arch | --kernel | --memory | --timeout | --boot-arg | --qemu)
                (($# > 1)) || wrong_usage "$1 needs a value"
                ;;&
            --device) devices+=("$2") ;;&
            --bind) bindings+=("$2") ;;&
            --module) modules+=("$2") ;;&
            --arch) arch=$2 ;;&
            --kernel) kernel=$2 ;;&
            --memory) memory=$2 ;;&
            --timeout) timeout=$2 ;;&
            --boot-arg) boot_arguments+=("$2") ;;&
            --qemu) qemu_arguments+=("$2") ;;&
            --device | --bind | --module | --arch | --kernel | --memory | --timeout | --boot-arg | --qemu) shift ;;
            --iommu) iommu=true ;;
            --pack-bars) pack_bars=true ;;
            --user) user=yes ;;
            --console) console=true ;;
            --dry-run) dry_run=true ;;
            --help | -h) usage; exit 0 ;;
            --) shift; break ;;
            *) wrong_usage "unknown option $1; the command goes after --" ;;
        esac
        shift
    done
    (($#)) || wrong_usage "no command after --"
    [[ $kernel == 6.1 || $kernel == 6.12 ]] || wrong_usage "--kernel $kernel: 6.1 or 6.12"
    [[ $arch == amd64 || $arch == arm64 ]] || wrong_usage "--arch $arch: amd64 or arm64"
    [[ $arch$user != arm64yes ]] || wrong_usage "--user needs --arch amd64"
    [[ $arch$pack_bars != arm64true ]] || wrong_usage "--pack-bars needs --arch amd64; on arm64 BARs are always packed"
    [[ $timeout =~ ^[1-9][0-9]*$ ]] || wrong_usage "--timeout $timeout: a whole number of seconds"
    command_line=("$@")
}
