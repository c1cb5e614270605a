#!/usr/bin/env bash
# Clients that send or read slowly or not at all hold nginx, never a worker: there is only one here,
# and whoever held it did so for request_timeout. A peer that speaks FastCGI and stops in the middle
# of it is cut off after that time.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_faults_stack slow
timeout_s=5
reload 's|workers: .*|workers: 1|'

# slow_clients HOW COUNT: through nginx, until slow_clients_end
slow_clients() {
    : >"$work/slow"
    /usr/bin/python3 "$faults/slow.py" "$(stack_port)" "$(token_of "$run-large")" "$1" "$2" \
        >>"$work/slow" 2>&1 &
    slow=$!
    undo+=("kill -s KILL $slow 2>/dev/null || true")
    expect_true "$1: $2 clients are there" wait_until 60 grep -q '^there$' "$work/slow"
}

slow_clients_end() {
    kill -s TERM "$slow"
    wait "$slow" || cat "$work/slow"
}

phones_begin 200 --owners 2
slow_clients send 30
phones_await 150
slow_clients_end
slow_clients read 15
phones_await 150
slow_clients_end
phones_end 'slow clients'
expect 'nobody held the worker' 0 "$(log_count 'worker timed out')"

run=$run-peers
log_start=$(wc -l <"$log")
reload "s|request_timeout: .*|request_timeout: ${timeout_s}s|"
phones_begin 200 --owners 2
began=$(milliseconds)
peers=()
for part in header params body; do
    timeout 60 /usr/bin/python3 "$faults/peer.py" "$dir/mobync.sock" "$part" &
    peers+=("$!")
done
wait "${peers[@]}" || true
took=$(($(milliseconds) - began))
expect_true "all are cut off after request_timeout and the second behind it ($took ms)" \
    test "$took" -ge $((timeout_s * 1000)) -a "$took" -le $((timeout_s * 1000 + 15000))
phones_await 50
phones_end 'half a request'
expect 'each is in the log' 3 "$(log_count 'worker timed out; terminating')"
finish
