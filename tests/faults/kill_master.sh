#!/usr/bin/env bash
# The master is killed under load. Its workers finish their requests in flight and leave, also those
# whose peers would never let them: otherwise they would keep the socket from a new master.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_faults_stack master
# Of the config: request_timeout, and a second to die in. With some more for a machine that has
# other things to do; left alone, the peers would stay.
timeout_s=2
most_s=20

# A FastCGI peer that has sent so much of a request and stays.
silent_peer() {
    /usr/bin/python3 "$faults/peer.py" "$dir/mobync.sock" "$1" >"$work/peer.$1" &
    undo+=("kill -s KILL $! 2>/dev/null || true")
}

# peers_say COUNT WHAT
peers_say() {
    (($(cat "$work"/peer.* | grep -c "$2") == $1))
}

reload "s|request_timeout: .*|request_timeout: ${timeout_s}s|"
phones_begin 200,502
master=$(serve_pid)
mapfile -t workers < <(worker_pids)
for part in header params body; do
    silent_peer "$part"
done
expect_true 'workers have read what three peers sent' wait_until 30 peers_say 3 stops
kill -s KILL "$master"
began=$(milliseconds)
for worker in "${workers[@]}"; do
    process_wait "$worker" 30 || expect 'a worker leaves' gone "$worker"
done
took=$(($(milliseconds) - began))
expect_true "all are gone within $most_s s ($took ms)" test "$took" -le $((most_s * 1000))
expect_true 'all three peers are told' wait_until 30 peers_say 3 'cut off'
stack_up
phones_await 50
phones_end 'the master killed'
finish
