# Run by guest/init: makes the guest look like the host, binds the devices, runs the command, reports.
# Comes with $tree, $cwd, $modules, $bindings, $user, $marker and $command from the wrapper.

report() { printf '\nopenbar-vm %s\n' "$*" >"$control"; }

refuse() {
    report "failed $*"
    busybox reboot -f
}

# find_port NUMBER
find_port() { echo /dev/vport*p"$1"; }

mount_guest_file_systems() {
    busybox mount -t proc proc /host/proc
    busybox mount -t sysfs sys /host/sys
    busybox mount -t debugfs debug /host/sys/kernel/debug
    busybox mount -t devtmpfs dev /host/dev
    busybox mkdir -p /host/dev/shm /host/dev/pts
    busybox mount -t tmpfs -o mode=1777 tmp /host/dev/shm
    busybox mount -t devpts -o ptmxmode=666 pts /host/dev/pts
    busybox ln -s /proc/self/fd /host/dev/fd
    busybox ln -s /proc/self/fd/0 /host/dev/stdin
    busybox ln -s /proc/self/fd/1 /host/dev/stdout
    busybox ln -s /proc/self/fd/2 /host/dev/stderr
    # The host's /tmp shows through, because the tree may be there, and what is written stays here.
    busybox mkdir -p /scratch /cgroup
    busybox mount -t tmpfs scratch /scratch
    busybox mkdir /scratch/upper /scratch/work
    busybox chmod 1777 /scratch/upper
    busybox mount -t overlay -o lowerdir=/host/tmp,upperdir=/scratch/upper,workdir=/scratch/work tmp /host/tmp
    busybox mount -t tmpfs -o mode=755 run /host/run
    busybox mkdir -m 1777 /host/run/lock
    busybox mount -t cgroup2 cgroup /cgroup
    busybox mkdir /cgroup/command
}

# The host's programs do not run on another architecture: busybox stands in for them.
use_own_programs() {
    busybox --install -s /bin
    busybox mount --bind /bin /host/usr/bin
}

load_modules() {
    echo "$modules" | while read -r module; do
        [ -z "$module" ] || busybox insmod "/host$module" || refuse "could not load $module"
    done
}

# bind DRIVER FUNCTION: the function is a folder of /sys/bus/pci/devices.
bind() {
    address=${2##*/}
    [ ! -e "$2/driver" ] || echo "$address" >"$2/driver/unbind"
    echo "$1" >"$2/driver_override"
    echo "$address" >/sys/bus/pci/drivers_probe
    bound=$(busybox readlink "$2/driver")
    [ "${bound##*/}" = "$1" ] ||
        refuse "$1 did not take $address: $(busybox dmesg | busybox grep -F "$address" | busybox tail -n 1)"
    [ "$user" != yes ] || give_to_user "$2"
}

# give_to_user FUNCTION: the nodes that open it.
give_to_user() {
    group=$(busybox readlink "$1/iommu_group") && busybox chown "$uid:$uid" "/dev/vfio/${group##*/}"
    for node in "$1"/uio/uio*; do
        [ ! -e "$node" ] || busybox chown "$uid:$uid" "/dev/${node##*/}"
    done
}

# make_reachable FOLDER: a tree below /root or a private temporary folder is closed to nobody, so that
# a stand-in is put before the closed folder, with only the way to this one in it.
make_reachable() {
    rest=${1#/} parent=
    while [ -n "$rest" ]; do
        parent=$parent/${rest%%/*}
        case $(busybox stat -c %a "/host$parent") in *[1357]) ;; *) break ;; esac
        case $rest in */*) rest=${rest#*/} ;; *) return 0 ;; esac
    done
    [ "$parent" != "$1" ] || return 0
    echo "test VM: $parent is closed to nobody; it sees only $1 in it" >/dev/console
    busybox mkdir -p /scratch/reachable
    busybox mount --bind "/host$1" /scratch/reachable
    busybox mount -t tmpfs -o mode=755 way "/host$parent"
    busybox mkdir -p "/host$1"
    busybox mount --bind /scratch/reachable "/host$1"
    busybox umount /scratch/reachable
}

# bind_devices: each line of $bindings is "DRIVER ADDRESS-PATTERN".
bind_devices() {
    echo "$bindings" | while read -r driver pattern; do
        [ -n "$driver" ] || continue
        for function in /sys/bus/pci/devices/$pattern; do
            [ -e "$function" ] || refuse "no device at $pattern to bind to $driver"
            bind "$driver" "$function"
        done
    done
}

# Everything the command starts is in one control group, so that nothing of it outlives the command
# and keeps its output open.
run_command() {
    echo 0 >/cgroup/command/cgroup.procs
    if [ "$user" = yes ]; then
        exec busybox chroot /host /usr/bin/setpriv --reuid="$uid" --regid="$uid" --clear-groups /bin/sh -c "$command"
    fi
    exec busybox chroot /host /bin/sh -c "$command"
}

# pass_on PIPE PORT: up to its end, then the marker that the wrapper waits for.
pass_on() {
    busybox cat "$1"
    printf %s "$marker"
} >"$2"

uid=65534
control=$(find_port 4)
mount_guest_file_systems
[ "$arch" = amd64 ] || use_own_programs
load_modules
bind_devices
[ "$user" != yes ] || make_reachable "$tree"
[ "$user" != yes ] || make_reachable "$cwd"
busybox ifconfig lo up
busybox mkfifo /scratch/stdin /scratch/stdout /scratch/stderr
busybox cat "$(find_port 1)" >/scratch/stdin &
pass_on /scratch/stdout "$(find_port 2)" &
pass_on /scratch/stderr "$(find_port 3)" &
report started
(run_command) </scratch/stdin >/scratch/stdout 2>/scratch/stderr
code=$?
echo 1 >/cgroup/command/cgroup.kill
report "exit $code"
while :; do busybox sleep 1000; done
