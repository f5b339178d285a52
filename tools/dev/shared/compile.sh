# Configuring and compiling. Needs `fail`, `say` and `build`.

# build_tree DIRECTORY [CMAKE-ARGUMENT...] [-- TARGET...]: with the tools' own output, on standard error.
build_tree() {
    configure_tree "$@" >&2
    cmake --build "$1" "${build_targets[@]}" >&2
}

# build_quietly WHAT DIRECTORY [CMAKE-ARGUMENT...] [-- TARGET...]: says what is built, and every few
# seconds how far it is. What the tools say is shown if they fail.
build_quietly() {
    local what=$1 log
    shift
    mkdir -p "$1"
    log=$1/last-build.log
    configure_tree "$@" >"$log" 2>&1 || fail "$what: CMake failed
$(<"$log")"
    cmake --build "$1" "${build_targets[@]}" 2>&1 | tee "$log" | show_steps "$what" || fail "$what does not build
$(grep -v '^\[[0-9]*/' "$log" || true)"
}

# configure_tree DIRECTORY [CMAKE-ARGUMENT...] [-- TARGET...]: unless it is configured and no argument is
# given. Sets `build_targets`, arguments of cmake --build.
configure_tree() {
    local directory=$1 arguments=()
    shift
    while (($#)) && [[ $1 != -- ]]; do arguments+=("$1"); shift; done
    build_targets=()
    (($# < 2)) || build_targets=(--target "${@:2}")
    [[ -f $directory/build.ninja && ${#arguments[@]} == 0 ]] ||
        cmake -S . -B "$directory" -G Ninja "${arguments[@]}"
}

# show_steps WHAT <NINJA'S-OUTPUT: a line at the beginning and then every five seconds.
show_steps() {
    local line said=$SECONDS first=true
    while IFS= read -r line; do
        [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
        if $first; then
            first=false
            say "building $1"
        elif ((SECONDS - said >= 5)); then
            said=$SECONDS
            say "building $1: ${BASH_REMATCH[1]} of ${BASH_REMATCH[2]} steps"
        fi
    done
}
