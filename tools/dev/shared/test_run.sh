# Compiling and running the tests. Needs the shared parts of ./dev.

# announce_tree TREE: what the first run fetches and fills, before it does.
announce_tree() {
    local needed=7 free
    [[ ! -f $1/build.ninja ]] || return 0
    mkdir -p "$1"
    free=$(df --output=avail -BG "$1" | tail -n 1 | tr -dc 0-9)
    say "the first run fetches Debian's kernels 6.1 and 6.12 for amd64 and 6.1 for arm64 (200 MB) and fills" \
        "about $needed GB in $1; $free GB are free"
    ((free >= needed)) || say "hint: OPENBAR_BUILD=FOLDER ./dev test builds in a folder with more room"
}

# skipped_tests TREE: a line for each, with its reason, from what CTest wrote about the run. A GoogleTest says
# why after a line that ends in "Skipped"; any other program in a line that begins with "skipped: ".
skipped_tests() {
    awk '
        FNR == NR && /^\t *[0-9]+ - .* \(Skipped\)$/ { sub(/^[^-]*- /, ""); sub(/ \(Skipped\)$/, ""); skipped[$0] = 1 }
        FNR == NR { next }
        /^[0-9]+\/[0-9]+ Test: / { name = $0; sub(/^[^:]*: /, "", name); reason = "it does not say"; next }
        sub(/^skipped: /, "") || previous ~ /: Skipped$/ { reason = $0 }
        { previous = $0 }
        /^<end of output>$/ && name in skipped { printf "  %s: %s\n", name, reason }
    ' "$1/Testing/Temporary/ctest.log" "$1/Testing/Temporary/LastTest.log"
}

# run_tests checked|checked-gcc [CTEST-ARGUMENT...]: in the tree of that preset.
run_tests() {
    local preset=$1 tree=$build/$1 skipped code=0
    shift
    install_packages build test format vm vm-arm64 cross windows sign
    announce_tree "$tree"
    build_tree "$tree" --preset "$preset"
    # More than processors: many tests mostly wait, or start slowly.
    ctest --test-dir "$tree" --output-on-failure --output-log "$tree/Testing/Temporary/ctest.log" \
        -j"$(($(nproc) + 2))" "$@" || code=$?
    skipped=$(skipped_tests "$tree")
    [[ -z $skipped ]] || printf '\n%s\n%s\n' "Skipped, and why:" "$skipped"
    return $code
}
