#!/usr/bin/env bash
# A history that no worker holds whole: the response is written as it is read, it is correct, and
# the workers stay small. MOBYNC_LARGE_OBJECTS: how many objects (two diffs each).
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

objects=${MOBYNC_LARGE_OBJECTS:-40000}
# AddressSanitizer keeps what was freed; the little that it keeps here is not the product's.
export ASAN_OPTIONS=$ASAN_OPTIONS:quarantine_size_mb=1
growth_limit_kb=$((32 * 1024))
own_stack

# Rows and history as pushes leave them: triggers take the rows for the server's own writes.
# Object n is created at clock n, updated at objects + n; every 10th is deleted instead. One object
# has as many updates as there are objects. The optimizer's statistics are of the empty tables, as
# on the day after an installation.
fill() {
    local table
    for table in diffs mobync_owners tasks model1; do
        sql "ALTER TABLE $table STATS_AUTO_RECALC = 0; ANALYZE TABLE $table" >/dev/null
    done
    sql "INSERT INTO mobync_owners (owner, next_clock, reconciled, adopted)
             SELECT 'big', 3 * $objects, generation, TRUE FROM mobync_lineage WHERE slot = 0;
         SET @mobync_own = 'tasks';
         INSERT INTO diffs (owner, logical_clock, seq, id, \`utc_timestamp\`, type, model, object_id, json_data)
             SELECT 'big', seq, 0, CONCAT('c', seq), 1000 + seq, 'create', 'tasks', CONCAT('o', seq),
                    CONCAT('{\"id\":\"o', seq, '\",\"name\":\"', REPEAT('n', 100), '\",\"priority\":1}')
             FROM seq_0_to_$((objects - 1));
         INSERT INTO diffs (owner, logical_clock, seq, id, \`utc_timestamp\`, type, model, object_id, json_data)
             SELECT 'big', $objects + seq, 0, CONCAT('u', seq), 500000 + seq,
                    IF(seq % 10 = 0, 'delete', 'update'), 'tasks', CONCAT('o', seq),
                    CONCAT('{\"id\":\"o', seq, '\"', IF(seq % 10 = 0, '', CONCAT(',\"priority\":', seq)), '}')
             FROM seq_0_to_$((objects - 1));
         INSERT INTO diffs (owner, logical_clock, seq, id, \`utc_timestamp\`, type, model, object_id, json_data)
             SELECT 'big', 2 * $objects + seq, 0, CONCAT('m', seq), 900000 + seq,
                    IF(seq = 0, 'create', 'update'), 'model1', 'busy',
                    CONCAT('{\"id\":\"busy\",\"field1\":\"', seq, '\"}')
             FROM seq_0_to_$((objects - 1));
         INSERT INTO tasks (owner_id, id, name, priority)
             SELECT 'big', CONCAT('o', seq), REPEAT('n', 100), seq FROM seq_0_to_$((objects - 1)) WHERE seq % 10 <> 0;
         SET @mobync_own = 'model1';
         INSERT INTO model1 (owner_id, id, field1) VALUES ('big', 'busy', '$((objects - 1))')"
}

# The most that any worker ever had, in KiB.
peak_kb() {
    local pid
    for pid in $(worker_pids); do
        awk '/^VmHWM/ { print $2 }' "/proc/$pid/status"
    done | sort -n | tail -1
}

# The response is too long for the shell.
large_sync() {
    status=$(curl -sS --noproxy '*' -m 120 -o "$work/large" -w '%{http_code}' \
        -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
        --data-binary "$1" "$url/sync" 2>"$work/curl.err") || status="broken off ($status)"
}

in_answer() {
    jq -r "$1" "$work/large"
}

fill
token=$(token_of big)
sync "$(token_of small)" '{"logical_clock":0,"diffs":[]}'
before=$(peak_kb)

large_sync '{"logical_clock":0,"diffs":[]}'
live=$((objects - objects / 10))
expect 'a fresh device: status and clock' "200 $((3 * objects))" "$status $(in_answer .logical_clock)"
expect 'one create for every object that lives' "create $((live + 1))" \
    "$(in_answer '.diffs[].type' | sort | uniq -c | awk '{ print $2, $1 }')"
expect 'no object twice' "$((live + 1))" "$(in_answer '.diffs | map(.model + .json_data) | unique | length')"
expect 'each with its last value' 0 \
    "$(in_answer '[.diffs[] | select(.model == "tasks") | .json_data | fromjson |
                   select("o\(.priority)" != .id or (.name | length) != 100)] | length')"
expect 'the busy object, as its row is' "busy $((objects - 1))" \
    "$(in_answer '.diffs[] | select(.model == "model1") | .json_data | fromjson | "\(.id) \(.field1)"')"

large_sync "{\"logical_clock\":$((objects + 5)),\"diffs\":[]}"
expect 'a device that lacks the later half: what it is told' \
    "delete $((objects / 10 - 1)) update $((live - 4))" \
    "$(in_answer '.diffs[] | select(.model == "tasks") | .type' | sort | uniq -c | awk '{ print $2, $1 }' | xargs)"
expect 'the busy object, folded from all of its updates' "create busy $((objects - 1))" \
    "$(in_answer '.diffs[] | select(.model == "model1") | .type + " " + (.json_data | fromjson | "\(.id) \(.field1)")')"

diff=$(diff_json fresh1 big 0 create tasks '{"id":"o3","name":"mine","priority":0}')
large_sync "$(push_json 0 "$diff")"
expect 'a push beside all of it' "200 $((3 * objects + 1)) $((live + 1))" \
    "$status $(in_answer '"\(.logical_clock) \(.diffs | length)"')"
expect 'what it met is told once' 1 \
    "$(in_answer '[.diffs[] | select(.json_data | fromjson | .id == "o3")] | length')"
expect 'the row that it changed' 'mine' "$(sql "SELECT name FROM tasks WHERE owner_id = 'big' AND id = 'o3'")"

growth=$(($(peak_kb) - before))
printf '        the largest worker grew by %d KiB\n' "$growth"
expect_true 'no worker grew by more than 32 MiB' test "$growth" -le "$growth_limit_kb"

nginx_send() {
    kill -s "$1" $(pgrep -P "$(nginx_pid)")
}

worker_sends() {
    [[ -n $("$MOBYNC_BIN" status -c "$dir/e2e.yaml" | awk '$4 == "replying"') ]]
}

# The connection that reads goes away in the middle: the client must not take what it has for whole.
# A push waits for the owner's lock, and is told what a pull would be; meanwhile nginx stands still,
# so that the worker cannot send, and so not read, more than the sockets hold. The statement of a
# page is too short to be met: the connections of all workers end.
# kill_reader CLOCK: true if it was met before all was read: a response that is whole was not broken
# off
pushed=0
kill_reader() {
    local reader
    pushed=$((pushed + 1))
    : >"$work/large"
    lock_owner big
    large_sync "$(push_json "$1" "$(diff_json "met$pushed" big "$1" update tasks "{\"id\":\"o5\",\"name\":\"$pushed\"}")")" &
    reader=$!
    wait_until 20 has_lock_waiters 1 || true
    nginx_send STOP
    lock_end
    wait_until 60 worker_sends || true
    sql "SELECT CONCAT('KILL ', id, ';') FROM information_schema.processlist
         WHERE user = 'mobync' AND id <> CONNECTION_ID()" >"$work/kill"
    [[ ! -s $work/kill ]] || sql "$(<"$work/kill")" 2>/dev/null || true
    nginx_send CONT
    wait "$reader" || true
    [[ -s $work/kill && $(in_answer .success 2>/dev/null) != @(true|false) ]]
}

# breaks_off WHAT CLOCK
breaks_off() {
    local tries met
    for tries in 1 2 3 4 5; do
        kill_reader "$2" && met=yes || met=no
        [[ $met == no ]] || break
        printf '        try %d: all was read before\n' "$tries"
    done
    expect "$1: the reading connection was met" yes "$met"
    expect "$1: a response that broke off is not JSON" broken \
        "$(jq -e . "$work/large" >"$work/out" 2>&1 && echo whole || echo broken)"
}
breaks_off 'diffs' "$objects"
breaks_off 'rows' 0
large_sync '{"logical_clock":0,"diffs":[]}'
expect 'and the next one is whole' "200 $((live + 1))" "$status $(in_answer '.diffs | length')"
finish
