# Downloads Debian packages and unpacks them, without installing anything.
# Needs `fail`, `$arch` and `$cache`.

# apt COMMAND [ARGUMENT...]: the host's own lists of packages when they serve; for another architecture
# or on a machine without lists, lists of our own in the cache, so that the host's stay as they are.
own_lists=false
apt() {
    local options=(-o Debug::NoLocking=1 -o Acquire::Languages=none)
    ((EUID != 0)) || options+=(-o APT::Sandbox::User=root)
    if $own_lists; then
        mkdir -p "$cache/apt/state/lists/partial" "$cache/apt/cache/archives/partial"
        touch "$cache/apt/state/status"
        options+=(-o Dir::State="$cache/apt/state" -o Dir::State::status="$cache/apt/state/status"
            -o Dir::Cache="$cache/apt/cache" -o APT::Architecture="$arch" -o APT::Architectures="$arch")
    fi
    # Without one of these (containers turn it off) every call reads all of the lists anew.
    mkdir -p "$cache/apt"
    options+=(-o Dir::Cache::srcpkgcache= -o Dir::Cache::pkgcache="$cache/apt/packages-$arch-$own_lists.bin")
    LC_ALL=C "apt-$1" "${options[@]}" "${@:2}"
}

# find_package NAME: makes sure that apt knows the package.
find_package() {
    [[ $arch == $(dpkg --print-architecture) ]] || own_lists=true
    ! apt cache show "$1" >/dev/null 2>&1 || return 0
    own_lists=true
    ! apt cache show "$1" >/dev/null 2>&1 || return 0
    apt get update -qq >&2 || true
    apt cache show "$1" >/dev/null 2>&1 || fail "apt knows no package $1: is a Debian 12 mirror \
in /etc/apt/sources.list, and does it answer?"
}

# fetch_package NAME FOLDER: unpacks it there.
fetch_package() {
    printf 'downloading %s\n' "$1" >&2
    mkdir -p "$2"
    (cd "$2" && apt get download -qq "$1" >&2) || {
        # The mirror may have a newer version than the list that apt-get read last.
        own_lists=true
        apt get update -qq >&2 || true
        (cd "$2" && apt get download -qq "$1" >&2) || fail "could not download the package $1"
    }
    dpkg -x "$2/$1"_*.deb "$2" || fail "could not unpack the package $1"
    rm "$2/$1"_*.deb
}

# fetch_dependency NAME PATTERN FOLDER: unpacks the dependency of NAME that matches PATTERN.
fetch_dependency() {
    local kind package
    find_package "$1"
    while read -r kind package; do
        # shellcheck disable=SC2053 # a pattern
        [[ $kind == Depends: && $package == $2 ]] || continue
        fetch_package "$package" "$3"
        return
    done < <(apt cache depends "$1")
    fail "the package $1 depends on no $2"
}
