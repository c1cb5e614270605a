#!/usr/bin/env bash
# A commit that others can read already, and that a crash of MariaDB takes back: no response may
# tell of it. Environment: HELD_REDO_LOG_SO, which keeps the redo log from the disk.
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"
faults=$root/tests/faults
hold=$work/hold
alice=
large=
objects=11000 # more than a worker holds

# The database alone is preloaded: mobync has sanitizers, which want to come first. Statistics that
# it keeps in tables would be written, and wait, while it holds what readers need to open a table.
prepare_stack() {
    mkdir -p "$work/bin"
    cp "$HELD_REDO_LOG_SO" "$work/held.so" # the loader parts names at spaces
    printf '#!/bin/sh\nexec env LD_PRELOAD="%s" HELD_REDO_LOG="%s" "%s" "$@" --innodb-stats-persistent=OFF\n' \
        "$work/held.so" "$hold" "$(command -v mariadbd)" >"$work/bin/mariadbd"
    chmod +x "$work/bin/mariadbd"
    printf '\0' >"$hold"
    export PATH=$work/bin:$PATH
    sed -e "s|@DIR@|$work/s|" -e 's/^request_timeout: .*/request_timeout: 60s/' -e 's/^workers: .*/workers: 8/' \
        "$faults/faults.yaml.in" >"$work/faults.yaml"
    mkdir -p "$work/s"
    cp "$work/faults.yaml" "$work/s/e2e.yaml"
    own_stack
    alice=$(token_of alice)
    large=$(token_of large)
}

# As if it were pushed: rows and a history that are streamed. Each test makes one more of its diffs
# young.
fill_large() {
    sql "SET @mobync_own = 'tasks';
         INSERT INTO tasks (owner_id, id, name) SELECT 'large', CONCAT('o', seq), 'n' FROM seq_1_to_$objects;
         INSERT INTO mobync_owners (owner, next_clock, reconciled)
             SELECT 'large', 1, generation FROM mobync_lineage WHERE slot = 0;
         INSERT INTO diffs (owner, logical_clock, seq, id, \`utc_timestamp\`, type, model, object_id, json_data)
             SELECT 'large', 0, seq, CONCAT('l', seq), 1000, 'create', 'tasks', CONCAT('o', seq),
                    CONCAT('{\"id\":\"o', seq, '\",\"name\":\"n\"}') FROM seq_1_to_$objects"
}

hold_log() {
    printf '\1' | dd of="$hold" conv=notrunc status=none
}

release_log() {
    printf '\0' | dd of="$hold" conv=notrunc status=none
}
undo+=(release_log)

create_json() {
    diff_json "$1" alice "$2" create tasks "{\"id\":\"$1\",\"name\":\"n\"}"
}

# ask NAME TOKEN BODY: in the background; its status is in $work/told.NAME if it is told anything
# that is valid while the log is held: what is broken off or not complete yet is not.
ask() {
    {
        curl -sS --noproxy '*' -m 60 -o "$work/body.$1" -w '%{http_code}' -H "Authorization: Bearer $2" \
            -H 'Content-Type: application/json' "$url/sync" --data-binary "$3" \
            >"$work/status.$1" 2>/dev/null || printf '000' >"$work/status.$1"
        if ! jq -e .logical_clock "$work/body.$1" >/dev/null 2>&1; then
            printf '000' >"$work/status.$1"
        fi
        cp "$work/status.$1" "$work/told.$1"
    } &
    asking+=("$!")
}

expect_untold() {
    expect "$1: nothing is told while it could be taken back" '' "$(cat "$work/told.$2" 2>/dev/null || true)"
}

is_visible() {
    [[ $(sql "SELECT COUNT(*) FROM diffs WHERE owner = '$1' AND id = '$2'") == 1 ]]
}

# Every kind of response, while device 1's push is visible and not durable.
ask_while_held() {
    local young
    asking=()
    rm -f "$work"/told.*
    hold_log
    young=$(push_json 1 "$(create_json "young-$1" 1)")
    ask push "$alice" "$young"
    ask large "$large" "$(push_json 1 "$(diff_json "large-$1" large 1 create tasks '{"id":"'"$1"'","name":"n"}')")"
    expect_true "$1: the commit is visible" wait_until 20 is_visible alice "young-$1"
    expect_true "$1: that of the large history, too" wait_until 20 is_visible large "large-$1"
    ask pull "$alice" '{"logical_clock":1,"diffs":[]}'
    ask first "$alice" '{"logical_clock":0,"diffs":[]}'
    ask resend "$alice" "$young"
    ask streamed "$large" '{"logical_clock":0,"diffs":[]}'
    ask other "$alice" "$(push_json 1 "$(create_json "other-$1" 1)")"
    # Who hears nothing new does not wait for anybody's disk.
    sync "$(token_of bob)" '{"logical_clock":0,"diffs":[]}'
    expect "$1: another owner, to whom nothing is new, is answered" 200 "$status"
    sleep 2 # long enough for all that does not wait
}

expect_none_told() {
    expect_untold "$1: the push itself" push
    expect_untold "$1: a pull" pull
    expect_untold "$1: a first pull" first
    expect_untold "$1: the same push again" resend
    expect_untold "$1: a push of another device" other
    expect_untold "$1: the push to the large history" large
    expect_untold "$1: a pull that is streamed" streamed
}

kill_database() {
    local pid
    pid=$(mysql_pid)
    kill -s KILL "$pid"
    process_wait "$pid" 30 || expect 'MariaDB ends' ended "$pid"
    forget_database_lock
    release_log
    wait "${asking[@]}" || true
    mysql_start >/dev/null
}

has_answered() {
    sync "$alice" "$1"
    [[ $status == 200 ]]
}

names=(push pull first resend other large streamed)

prepare_stack
fill_large
sync "$(token_of bob)" '{"logical_clock":0,"diffs":[]}'
expect 'an owner without rows is met' 200 "$status"
sync "$alice" "$(push_json 0 "$(create_json old 0)")"
expect 'a first push is acknowledged' 200 "$status"

# judge NAME CLOCK: with the database killed, at which alice has CLOCK; then it lives
judge() {
    local name=$1
    ask_while_held "$name"
    expect_none_told "$name"
    kill_database
    for kind in "${names[@]}"; do
        expect_true "$name: $kind: told at last that it failed" \
            grep -qE '^(50[0-9]|000)' "$work/told.$kind"
    done
    expect_true "$name: the server answers again" wait_until 60 has_answered "{\"logical_clock\":$2,\"diffs\":[]}"
    expect "$name: the crash took the young pushes back" "$2 0" \
        "$(of_body .logical_clock) $(sql "SELECT COUNT(*) FROM diffs WHERE id IN ('young-$name', 'large-$name')")"
    sync "$alice" "$(push_json "$2" "$(create_json "young-$name" "$2")")"
    expect "$name: sent again, it is taken" "200 $(($2 + 1))" "$status $(of_body .logical_clock)"
}

flushes() {
    request GET /metrics
    sed -n "s/^mobync_flushes_total{way=\"$1\"} //p" <<<"$body"
}

judge killed 1

ask_while_held released
expect_none_told released
release_log
wait "${asking[@]}" || true
for kind in "${names[@]}"; do
    expect_true "released: $kind: answered once it is durable" grep -q '^200' "$work/told.$kind"
done
expect_true 'all of them waited by the procedure' test "$(flushes procedure)" -gt 0
expect '… and nobody wrote for it' 0 "$(flushes update)"

# Without the procedure a write of its own waits, which is right, too.
admin_sql 'DROP PROCEDURE mobync_flush'
sync "$alice" '{"logical_clock":0,"diffs":[]}'
expect 'without the procedure: a pull' 200 "$status"
judge 'written' "$(of_body .logical_clock)"
expect_true 'written: they waited by writes' test "$(flushes update)" -gt 0
sql "UPDATE mobync_owners SET written_at = written_at - INTERVAL 20 MINUTE WHERE owner = 'alice'"
before=$(flushes update)
sync "$alice" '{"logical_clock":0,"diffs":[]}'
expect 'what is old is told without' "200 $before" "$status $(flushes update)"
finish
