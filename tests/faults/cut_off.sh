#!/usr/bin/env bash
# A worker is killed while it sends a response: nginx must not pass on as whole what came until
# then, nor let the device wait for a rest that nobody sends. Once a response whose length is
# announced, and once one in chunks. nginx stands still until the worker is dead.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_faults_stack cut

# More than the sockets hold.
name_characters=200

nginx_send() {
    kill -s "$1" $(pgrep -P "$(nginx_pid)")
}

worker_sending() {
    sending=$("$MOBYNC_BIN" status -c "$dir/faults.yaml" | awk '$4 == "replying" { print $2 }')
    [[ -n $sending ]]
}

# first_sync OUTPUT: in the background; leaves curl's status in OUTPUT.status
first_sync() {
    local code=0
    curl -sS --noproxy '*' -m 60 -o "$1" -D "$1.head" -H "Authorization: Bearer $token" \
        -H 'Content-Type: application/json' --data-binary '{"logical_clock":0,"diffs":[]}' \
        "$url/sync" 2>"$1.err" || code=$?
    printf '%s\n' "$code" >"$1.status"
}

# cut_off WHAT ROWS HEADER
cut_off() {
    local owner=$run-$2 began took
    token=$(token_of "$owner")
    sync "$token" '{"logical_clock":0,"diffs":[]}'
    # One row is noted, so that the next request takes the owner's lock before it answers.
    sql "SET @mobync_own = 'tasks';
         INSERT INTO tasks (owner_id, id, name)
         SELECT '$owner', seq, REPEAT('n', $name_characters) FROM seq_1_to_$2;
         SET @mobync_own = NULL;
         INSERT INTO tasks (owner_id, id, name) VALUES ('$owner', 'noted', 'n')"
    lock_owner "$owner"
    first_sync "$work/cut" &
    request=$!
    expect_true "$1: the request waits" wait_until 20 has_lock_waiters 1
    nginx_send STOP
    lock_end
    expect_true "$1: a worker sends" wait_until 30 worker_sending
    kill -s KILL "$sending"
    began=$(milliseconds)
    nginx_send CONT
    wait "$request"
    took=$(($(milliseconds) - began))
    expect "$1: with its header" 1 "$(grep -cix -e "$3"$'\r' "$work/cut.head" || true)"
    expect "$1: its end comes early (curl: $(<"$work/cut.err"))" 18 "$(<"$work/cut.status")"
    expect_true "$1: at once ($took ms)" test "$took" -lt 20000
    first_sync "$work/whole"
    expect "$1: once more, whole" "0 $(($2 + 1))" \
        "$(<"$work/whole.status") $(jq '.diffs | length' "$work/whole")"
    rm "$work/cut.status"
}

undo+=("nginx_send CONT")
cut_off 'a length' 5000 'content-length: [0-9]*'
cut_off 'chunks' 11000 'transfer-encoding: chunked'
expect 'the master says in which stage they died' 2 "$(log_count 'ended by signal 9.*stage=replying')"
finish
