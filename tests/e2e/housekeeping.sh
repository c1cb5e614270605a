#!/usr/bin/env bash
# The housekeeping process on a real stack: devices that listen hear of what other SQL writes
# without any sync, what nobody fetches is drained, and of two pools on one database one is elected.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_shared_stack
settings=$dir/e2e.yaml
owner=house
token=$(token_of "$owner")

# of_status JQ_FILTER [FILE]: what `mobync status` says
of_status() {
    "$MOBYNC_BIN" status --json -c "${2:-$settings}" 2>/dev/null | jq -r "$1"
}

is_elected() {
    [[ $(of_status .housekeeper.elected "${1:-$settings}") == true ]]
}

# keeper_is_other_than PID [FILE]: and at work
keeper_is_other_than() {
    [[ $(of_status '.housekeeper | select(.elected) | .pid' "${2:-$settings}") != "$1" ]] && is_elected "${2:-$settings}"
}

outbox_of() {
    sql "SELECT COUNT(*) FROM mobync_changes WHERE owner = '$1'"
}

is_drained() {
    [[ $(outbox_of "$1") == 0 ]]
}

drained_owners() {
    of_status .housekeeper.drained_owners
}

expect_true 'one is elected' wait_until 20 is_elected
expect 'the process has a name' housekeeper "$(cat "/proc/$(of_status .housekeeper.pid)/comm")"
sync "$token" "$(push_json 0 "$(diff_json hk1 "$owner" 0 create tasks '{"id":"hk","name":"n"}')")"
expect 'a device syncs' '200 1' "$status $(of_body .logical_clock)"

# --- pokes for SQL, where nginx has nchan
heard() {
    grep -qx "data: $1" "$work/heard"
}
if nchan_is_usable; then
    curl -sSN --noproxy '*' -m 60 -H 'Accept: text/event-stream' -H "Authorization: Bearer $token" "$url/poke" >"$work/heard" 2>&1 &
    undo+=("kill $! 2>/dev/null || true")
    wait_until 20 grep -q ': hi' "$work/heard" || expect 'a device listens' ': hi' "$(<"$work/heard")"
    sql "UPDATE tasks SET name = 'by SQL' WHERE owner_id = '$owner'"
    expect_true 'it hears of an SQL write, and nobody has synced' wait_until 10 heard 2
    expect 'what was written waits for it' '1 1' \
        "$(outbox_of "$owner") $(sql "SELECT next_clock FROM mobync_owners WHERE owner = '$owner'")"
    sync "$token" '{"logical_clock":1,"diffs":[]}'
    expect 'it syncs, and has it' '2 update {"id":"hk","name":"by SQL"}' \
        "$(of_body '"\(.logical_clock) \(.diffs[] | "\(.type) \(.json_data)")"')"

    keeper=$(of_status .housekeeper.pid)
    kill -s KILL "$keeper"
    expect_true 'killed, another one takes its place' wait_until 20 keeper_is_other_than "$keeper"
    expect_true '… which is told' test "$(of_status .housekeeper.restarts)" -ge 1
    sql "UPDATE tasks SET name = 'once more' WHERE owner_id = '$owner'"
    expect_true 'and pokes' wait_until 10 heard 3
else
    printf 'SKIPPED: pokes: nginx has no nchan (package libnginx-mod-nchan)\n'
fi

# --- what nobody fetches, by the time of its statement
sync "$token" '{"logical_clock":1,"diffs":[]}'
clock=$(of_body .logical_clock)
before=$(drained_owners)
sql "SET timestamp = UNIX_TIMESTAMP() - 600; UPDATE tasks SET priority = 5 WHERE owner_id = '$owner'"
expect_true 'what is old is drained' wait_until 60 is_drained "$owner"
expect 'it is a diff now' '1 1' "$(sql "SELECT COUNT(*), SUM(json_data LIKE '%\"priority\":5%') FROM diffs
    WHERE owner = '$owner' AND logical_clock >= $clock" | tr '\t' ' ')"
expect_true '… which is counted' test "$(drained_owners)" -gt "$before"
sync "$token" "{\"logical_clock\":$clock,\"diffs\":[]}"
expect 'a device gets it' "$((clock + 1)) update 5" "$(of_body '"\(.logical_clock) \(.diffs[] | "\(.type) \(.json_data | fromjson | .priority)")"')"
sql "INSERT INTO tasks (owner_id, id, name) VALUES ('$owner-new', 'x', 'young')"
sql "SET timestamp = UNIX_TIMESTAMP() - 600; INSERT INTO tasks (owner_id, id, name) VALUES ('$owner-old', 'x', 'old')"
expect_true 'an owner without devices is drained, too' wait_until 60 is_drained "$owner-old"
expect 'what is young waits' 1 "$(outbox_of "$owner-new")"
sync "$(token_of "$owner-old")" '{"logical_clock":0,"diffs":[]}'
expect 'and a first device gets the row' 'create old' "$(of_body '.diffs[] | "\(.type) \(.json_data | fromjson | .name)"')"

# --- a second pool on the same database
second=$work/second.yaml
sed "s|unix:$dir/mobync.sock|unix:$work/second.sock|; s/workers: 4/workers: 1/" "$settings" >"$second"
"$MOBYNC_BIN" serve --allow-root -c "$second" 2>"$work/second.log" &
second_pid=$!
undo+=("kill $second_pid 2>/dev/null && wait $second_pid 2>/dev/null || true")
# Nobody sends it requests: the housekeeper alone connects.
has_asked() {
    [[ $(of_status '.totals.database_connects.total' "$second") -ge 1 ]]
}
expect_true 'the second one asks' wait_until 20 has_asked
expect 'one of the two is elected' 'true false' "$(of_status .housekeeper.elected) $(of_status .housekeeper.elected "$second")"
says_so=$("$MOBYNC_BIN" status -c "$second" | grep -c '^housekeeping not here: pid [0-9]* waits until it is elected$' || true)
expect 'status says so' 1 "$says_so"
# Nobody replaces the first one while its master is stopped.
master=$(serve_pid)
keeper=$(of_status .housekeeper.pid)
undo+=("kill -s CONT $master 2>/dev/null || true")
kill -s STOP "$master"
kill -s KILL "$keeper"
expect_true 'the second one takes over' wait_until 20 is_elected "$second"
kill -s CONT "$master"
first_waits() {
    [[ $(of_status '.housekeeper | "\(.elected) \(.pid > 0)"') == 'false true' ]]
}
expect_true 'the first one waits then' wait_until 20 first_waits
expect 'one is still elected' true "$(of_status .housekeeper.elected "$second")"
keeper=$(of_status .housekeeper.pid "$second")
kill -s TERM "$second_pid"
wait "$second_pid" || expect 'the second pool stops' 0 "$?"
expect 'its housekeeper has left with it' '' "$(cat "/proc/$keeper/comm" 2>/dev/null || true)"
expect_true 'and the first one is elected again' wait_until 20 is_elected

# --- reload, and nothing that waits for others who share the stack
sync "$(token_of "$owner-new")" '{"logical_clock":0,"diffs":[]}'
keeper=$(of_status .housekeeper.pid)
kill -s HUP "$master"
expect_true 'a reload brings a new one' wait_until 20 keeper_is_other_than "$keeper"
expect 'nothing of a sanitizer in the log of the second pool' '' \
    "$(grep -E -m 3 'Sanitizer|runtime error|Assertion' "$work/second.log" || true)"
finish
