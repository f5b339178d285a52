# The tree that is installed from. Needs `build` and `fail`.
readonly release_tree=$build/release

# as_owner_of FOLDER COMMAND...: with sudo, if FOLDER, or where it would be made, is not ours to write to.
as_owner_of() {
    local folder=$1
    shift
    while [[ ! -e $folder ]]; do folder=$(dirname "$folder"); done
    if [[ -w $folder ]]; then
        "$@"
    else
        command -v sudo >/dev/null || fail "$folder is not yours to write to, and sudo is not installed.
  hint: ./dev install --prefix FOLDER installs into a folder of yours"
        sudo "$@"
    fi
}
