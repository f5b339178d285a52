# Debian packages that a command needs. Needs `fail` and `say`.

# missing_packages GROUP...: those of the list's groups that are not installed.
missing_packages() {
    local group package _
    while read -r group package _; do
        [[ " $* " == *" $group "* ]] || continue
        [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
            printf '%s\n' "$package"
    done < <(grep -v '^#' packaging/debian-packages.txt) | sort -u
}

# announce_packages PACKAGE...: one line, with the sizes as apt-get gives them.
announce_packages() {
    local plan download disk
    plan=$(LC_ALL=C apt-get install --assume-no --no-install-recommends "$@" 2>/dev/null || true)
    download=$(sed -n 's/^Need to get \(.*\) of archives\.$/\1/p' <<<"$plan")
    disk=$(sed -n 's/^After this operation, \(.*\) of additional disk space will be used\.$/\1/p' <<<"$plan")
    say "installing $# Debian packages: ${download:-0 B} to fetch, ${disk:-0 B} on disk ($*)"
}

# install_packages GROUP...: installs what is missing of those groups.
install_packages() {
    local missing as_root=() output
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0
    command -v apt-get >/dev/null || fail "this needs Debian 12 or 13 (or a relative with apt-get).
  hint: on another distribution, install the equivalents of: ${missing[*]}"
    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "packages are missing, you are not root, and sudo is not installed.
  hint: have an administrator run apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    # Lists that are out of date name versions that the mirror no longer has; without a network they may still do.
    "${as_root[@]}" apt-get update -qq >/dev/null 2>&1 || true
    announce_packages "${missing[@]}"
    output=$("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends "${missing[@]}" 2>&1) || fail "apt-get failed: $output"
}
