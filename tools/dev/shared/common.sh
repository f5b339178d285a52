# What commands of ./dev share. They run in the tree's folder and find set: `command`, `build`, `called_from`.
source tools/dev/shared/packages.sh
source tools/dev/shared/compile.sh

fail() {
    printf '%s\n' "./dev $command: $*" >&2
    exit 1
}

wrong_usage() {
    printf '%s\n' "./dev $command: $* (see ./dev $command --help)" >&2
    exit 2
}

say() { printf '%s\n' "$*" >&2; }
