#!/usr/bin/env bash
# The limit on open files is reached, in the workers and then in the master, under load.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_faults_stack files

# limit_of PID NUMBER: the soft limit, so that it can rise again
limit_of() {
    prlimit --pid "$1" --nofile="$2:"
}

# What an accepted connection gets: 0 to 2, the listener and the worker's epoll stand before it, for
# nothing that this script has inherited is handed down.
number=5
for ((i = 3; i < 100; i++)); do
    eval "exec $i>&-"
done

serve_stop
undo+=(serve_stop)
ASAN_OPTIONS=detect_leaks=0 stack_up # LeakSanitizer opens files, too
master=$(serve_pid)
usual=$(prlimit --pid "$master" --nofile --noheadings --output=SOFT | tr -d ' ')
token=$(token_of "$run-asks")

phones_begin 200,502,503
mapfile -t workers < <(worker_pids)
for worker in "${workers[@]}"; do
    limit_of "$worker" "$number"
done
for worker in "${workers[@]}"; do
    expect_true 'a worker that cannot accept leaves' process_wait "$worker" 30
done
phones_await 50
expect 'which takes no request with it' 0 "$(cut -d' ' -f2 <<<"$(phones_counts)")"
expect 'the log says why' 4 "$(log_count 'cannot accept connections: Too many open files')"

# The master cannot read the config: reloads are refused, the workers stay.
expect_true 'others took their places' wait_until 20 pool_is_new "$(printf '%s\n' "${workers[@]}")"
limit_of "$master" 3
mapfile -t workers < <(worker_pids)
kill -s HUP "$master"
expect_true 'a reload is refused' wait_until 10 log_says 'keeping the old one'
phones_await 50
expect 'the workers stay' "${workers[*]}" "$(worker_pids | xargs)"

# Enough to accept, not enough for a link to the database.
limit_of "$master" $((number + 1))
kill -s KILL "${workers[@]}"
expect_true 'new workers' wait_until 20 pool_is_new "$(printf '%s\n' "${workers[@]}")"
sync "$token" '{"logical_clock":0,"diffs":[]}'
expect_error 'no file for the link to the database' 503 SERVER_BUSY
expect_true 'it says when to come again' test "$(header retry-after)" -gt 0
mapfile -t workers < <(worker_pids)
for process in "$master" "${workers[@]}"; do
    limit_of "$process" "$usual"
done
phones_await 50
expect 'the same workers go on' "${workers[*]}" "$(worker_pids | xargs)"
phones_end 'no files left'
finish
