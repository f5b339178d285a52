# Downloads Debian packages and unpacks them, without installing anything.
# Needs `fail`, `$arch` and `$cache`.
source "$(dirname "${BASH_SOURCE[0]}")/../../packaging/debian-sources.sh"

# apt COMMAND [ARGUMENT...]: the host's own lists of packages when they serve. For another architecture, for
# another release of Debian or on a machine without lists: lists in the cache, so that the host's stay as they are.
own_lists=false
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
apt() {
    local options=(-o Debug::NoLocking=1 -o Acquire::Languages=none) lists=$cache/apt/$release-$arch
    ((EUID != 0)) || options+=(-o APT::Sandbox::User=root)
    if $own_lists; then
        mkdir -p "$lists/state/lists/partial" "$lists/cache/archives/partial"
        touch "$lists/state/status"
        options+=(-o Dir::State="$lists/state" -o Dir::State::status="$lists/state/status"
            -o Dir::Cache="$lists/cache" -o APT::Architecture="$arch" -o APT::Architectures="$arch")
        [[ ! -e $lists/sources.list ]] ||
            options+=(-o Dir::Etc::sourcelist="$lists/sources.list" -o Dir::Etc::sourceparts=/dev/null)
    fi
    # Without one of these (containers turn it off) every call reads all of the lists again.
    mkdir -p "$lists"
    options+=(-o Dir::Cache::srcpkgcache= -o Dir::Cache::pkgcache="$lists/packages-$own_lists.bin")
    LC_ALL=C "apt-$1" "${options[@]}" "${@:2}"
}

# use_release NAME: from here on the packages are those of that release of Debian.
use_release() {
    local sources
    [[ $1 != "$release" ]] || return 0
    sources=$(debian_sources "$1" '[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]')
    [[ -n $sources ]] || fail "apt has no source of Debian's packages here: add one to /etc/apt/sources.list"
    own_lists=true release=$1
    mkdir -p "$cache/apt/$release-$arch"
    printf '%s\n' "$sources" >"$cache/apt/$release-$arch/sources.list"
}

# find_package NAME: makes sure that apt knows the package.
find_package() {
    [[ $arch == $(dpkg --print-architecture) ]] || own_lists=true
    ! apt cache show "$1" >/dev/null 2>&1 || return 0
    own_lists=true
    ! apt cache show "$1" >/dev/null 2>&1 || return 0
    apt get update -qq >&2 || true
    apt cache show "$1" >/dev/null 2>&1 || fail "apt knows no package $1.
  hint: a mirror of Debian 12 or 13 belongs in /etc/apt/sources.list, and it must answer"
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
