# A root of Debian 13 below the build folder, and the tests in it. Needs the shared parts of ./dev.
source packaging/debian-sources.sh

# make_root FOLDER
make_root() {
    local sources
    install_packages debian13
    sources=$(debian_sources trixie)
    [[ -n $sources ]] || fail "apt has no source of Debian's packages here.
  hint: add one to /etc/apt/sources.list, and run apt-get update"
    say "making a root of Debian 13 in $1 (its packages will take about 6 GB)"
    rm -rf "$1.unfinished"
    mkdir -p "$1.unfinished"
    mmdebstrap --quiet --variant=apt --include=ca-certificates trixie "$1.unfinished" - <<<"$sources" ||
        fail "mmdebstrap could not make $1"
    mv "$1.unfinished" "$1"
}

# in_root FOLDER COMMAND...: with this tree at its own path, in namespaces that end with the command, so that
# it leaves neither mounts nor processes behind.
in_root() {
    local root=$1
    shift
    # shellcheck disable=SC2016 # expanded by the inner shell
    unshare --mount --pid --fork --kill-child --propagation private bash -ec '
        root=$0 tree=$PWD build=$(realpath "$OPENBAR_BUILD")
        mount -t proc proc "$root/proc"
        mount --rbind /sys "$root/sys"
        mount --rbind /dev "$root/dev"
        mount -t tmpfs -o mode=1777 tmp "$root/tmp"
        mkdir -p "$root$tree"
        mount --bind "$tree" "$root$tree"
        mkdir -p "$root$build" # it may be elsewhere
        mount --bind "$build" "$root$build"
        cp /etc/resolv.conf "$root/etc/resolv.conf"
        exec chroot "$root" env -i HOME=/root TERM="${TERM:-dumb}" LC_ALL=C.UTF-8 \
            PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            ${CCACHE_DIR:+CCACHE_DIR="$CCACHE_DIR"} OPENBAR_BUILD="$OPENBAR_BUILD" \
            bash -ec "cd \"\$0\" && exec \"\$@\"" "$tree" "$@"' "$root" "$@"
}

# compile_with_others: in the root, with the compilers that ./dev test does not use.
compile_with_others() {
    local version
    install_packages build test inside13
    for version in 12 13 14; do
        build_quietly "everything with GCC $version" "$build/gcc-$version" -DBUILD_TESTING=ON \
            -DCMAKE_CXX_COMPILER="g++-$version"
    done
}

# test_in_debian13 [--gcc] [CTEST-ARGUMENT...]
test_in_debian13() {
    local folder=$build/debian13
    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "--debian13 needs root, to make the root and to enter it"
        exec sudo OPENBAR_BUILD="$build" ./dev test --debian13 "$@"
    fi
    mkdir -p "$folder/build"
    [[ -d $folder/root ]] || make_root "$folder/root"
    OPENBAR_BUILD=$folder/build in_root "$folder/root" ./dev test --inside-debian13 "$@"
}
