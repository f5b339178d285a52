# Where Debian's packages come from here. To be sourced.

# debian_sources RELEASE [OPTIONS]: the mirrors that apt uses here, as `deb` lines for that release of Debian.
debian_sources() {
    local installed uri suite component
    installed=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' | sort -u |
        while read -r uri suite component; do
            [[ ${suite%%-*} == "$installed" ]] || continue # also bookworm-updates and bookworm-security
            printf 'deb %s%s %s %s\n' "${2:+$2 }" "$uri" "$1${suite#"$installed"}" "$component"
        done
}
