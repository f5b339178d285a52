# Starts QEMU, passes the command's streams on, and ends with its exit code. No temporary file, and
# every process dies with this one, even when it is killed.

# print_quoted WORD...: as a POSIX shell reads them back, whatever they hold.
print_quoted() {
    local word
    for word; do printf "'%s' " "${word//\'/\'\\\'\'}"; done
}

# print_command: what the guest's /bin/sh runs: our environment, our folder, the command.
print_command() {
    local name
    while IFS= read -r name; do
        [[ $name == @(PWD|OLDPWD|SHLVL|_|PATH) ]] || echo "export $name=$(print_quoted "${!name}")"
    done < <(compgen -e)
    echo "export PATH=$(print_quoted "$build/cli:$PATH")"
    echo "cd $(print_quoted "$PWD") || exit 125"
    echo "exec $(print_quoted "${command_line[@]}")"
}

# print_session: what guest/session.sh finds set.
print_session() {
    echo "arch=$arch tree=$(print_quoted "$tree") cwd=$(print_quoted "$PWD") user=$user marker=$marker"
    echo "modules=$(print_quoted "$module_files")"
    echo "bindings=$(print_quoted "$binding_lines")"
    echo "command=$(print_quoted "$(print_command)")"
}

# make_pipe NAME: sets NAME_read and NAME_write.
make_pipe() {
    local both
    exec {both}<> <(:)
    eval "exec {$1_read}</dev/fd/$both {$1_write}>/dev/fd/$both"
    exec {both}>&-
}

# start COMMAND...: in the background, to die with this process. The kernel does not tell of a parent
# that died before the request, hence the second look. Of the pipes, only what was redirected is passed on.
start() {
    {
        local descriptor
        for descriptor in "${pipe_ends[@]}"; do exec {descriptor}>&-; done
        exec setpriv --pdeathsig KILL sh -c '[ "$PPID" = "$0" ] && exec "$@"' $$ "$@"
    } <&0 &
    children+=($!)
}

stop_children() {
    trap - EXIT
    ((${#children[@]} == 0)) || kill -KILL "${children[@]}" 2>/dev/null || true
    wait 2>/dev/null || true
}

start_everything() {
    children=()
    trap stop_children EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    make_pipe log
    make_pipe stdin
    make_pipe stdout
    make_pipe stderr
    pipe_ends=("$log_read" "$log_write" "$stdin_read" "$stdin_write" "$stdout_read" "$stdout_write"
        "$stderr_read" "$stderr_write")
    marker=$(printf '%08x' "$SRANDOM" "$SRANDOM" "$SRANDOM" "$SRANDOM")
    start "${machine[@]}" \
        -fw_cfg name=opt/org.openbar/session,file=/dev/fd/6 <&"$stdin_read" >&"$log_write" 2>&1 \
        3>&"$log_write" 4>&"$stdout_write" 5>&"$stderr_write" 6< <(print_session)
    start "$here/relay" "$marker" stdout <&"$stdout_read" 3>&"$log_write"
    start "$here/relay" "$marker" stderr <&"$stderr_read" >&2 3>&"$log_write"
    start cat <&0 >&"$stdin_write" 2>/dev/null
    exec {stdin_read}>&- {stdin_write}>&- {stdout_read}>&- {stdout_write}>&- {stderr_read}>&- \
        {stderr_write}>&- {log_write}>&-
}

# show_console [FROM]: what the machine said last, or the beginning of it FROM a line on.
show_console() {
    local from=${1:-$((${#console_lines[@]} > 20 ? ${#console_lines[@]} - 20 : 0))}
    ((${#console_lines[@]} == 0)) || printf '  | %s\n' "${console_lines[@]:from:20}" >&2
}

# explain_end: QEMU is gone before the command was done.
explain_end() {
    local index
    for index in "${!console_lines[@]}"; do
        [[ ${console_lines[index]} == *"Kernel panic"* ]] || continue
        printf '%s\n' "test VM: the guest's kernel panicked:" >&2
        show_console "$index"
        exit "$guest_panicked"
    done
    if $started; then
        printf '%s\n' "test VM: the machine stopped before the command ended. It said:" >&2
    else
        printf '%s\n' "test VM: the machine did not start. It said:" >&2
    fi
    show_console
    exit "$harness_failed"
}

explain_timeout() {
    if $started; then
        printf '%s\n' "test VM: the command did not end within $timeout s (--timeout)" >&2
    else
        printf '%s\n' "test VM: the guest did not come up within $timeout s (--timeout). It said:" >&2
        show_console
    fi
    exit "$timed_out"
}

# follow_session: what QEMU, the guest and the relays report, until all is done.
follow_session() {
    local line code= drained=0 left
    started=false console_lines=()
    while :; do
        left=$((timeout - SECONDS))
        ((left > 0)) || explain_timeout
        IFS= read -r -t "$left" -u "$log_read" line || {
            (($? <= 128)) || explain_timeout
            explain_end
        }
        line=${line%$'\r'}
        case $line in
            'openbar-vm started') started=true ;;
            'openbar-vm exit '*) code=${line##* } ;;
            'openbar-vm drained '*) drained=$((drained + 1)) ;;
            'openbar-vm closed '*) exit 141 ;;
            'openbar-vm failed '*) fail "${line#openbar-vm failed }" ;;
            '') ;;
            *)
                console_lines+=("$line")
                ! $console || printf '%s\n' "$line" >&2
                ;;
        esac
        [[ -z $code || $drained != 2 ]] || exit "$code"
    done
}

run_session() {
    SECONDS=0
    start_everything
    follow_session
}
