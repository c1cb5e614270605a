# shellcheck shell=bash
# Processes with a pid file. The system reuses pids, so the process must also run the expected
# program in the folder in which it was started.

# process_pid PROGRAM PID_FILE FOLDER: prints the pid if the process runs.
process_pid() {
    local pid exe
    [[ -r $2 ]] || return 1
    pid=$(<"$2")
    [[ $pid =~ ^[1-9][0-9]*$ ]] || return 1
    exe=$(readlink "/proc/$pid/exe") || return 1
    exe=${exe% (deleted)} # rebuilt since
    [[ ${exe##*/} == "$1" && /proc/$pid/cwd -ef $3 ]] || return 1
    printf '%s\n' "$pid"
}

# process_spawn PID_FILE LOG COMMAND…: starts a process in the background, in a session of its own,
# without the lock of `up` (descriptor 9).
process_spawn() {
    local pid_file=$1 log=$2
    shift 2
    setsid "$@" </dev/null >>"$log" 2>&1 9>&- &
    printf '%s\n' "$!" >"$pid_file"
}

# process_wait PID SECONDS: waits until the process has ended; fails on timeout.
process_wait() {
    local tenths=$(($2 * 10))
    while kill -0 "$1" 2>/dev/null && [[ $(process_state "$1") != Z ]]; do
        ((tenths-- > 0)) || return 1
        sleep 0.1
    done
}

process_state() {
    sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null || true
}

# process_stop PROGRAM PID_FILE FOLDER SIGNAL SECONDS
process_stop() {
    local pid
    if pid=$(process_pid "$1" "$2" "$3"); then
        kill -s "$4" "$pid" 2>/dev/null || true
        if ! process_wait "$pid" "$5"; then
            say "$1 (pid $pid) did not exit within $5 s; killing it"
            kill -s KILL "$pid" 2>/dev/null || true
            process_wait "$pid" 10 || die "cannot kill $1 (pid $pid)"
        fi
    fi
    rm -f "$2"
}
