# Programs for Windows, under Wine. Needs `build` and `called_from`.

# run_in_wine COMMAND.exe [ARGUMENT...]: in the caller's folder.
run_in_wine() {
    local prefix harness=$PWD/tests/wine/run
    prefix=$(realpath -m "$build")/wine
    (cd "$called_from" && "$harness" "$prefix" "$@")
}

# with_card edu_messages|82540em COMMAND.exe [ARGUMENT...]: while the driver is installed on that simulated card.
with_card() {
    local windows card=$1
    shift
    windows=$(realpath "$build")/windows
    run_in_wine "$windows/x64/with_card.exe" "$windows/openbar_on_$card.inf" "$windows/x64/openbar_hardware.dll" "$@"
}
