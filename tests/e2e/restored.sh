#!/usr/bin/env bash
# A database that is set back to an earlier state: whoever is ahead of it is told so for good, and
# nothing that a device with a log has seen is lost.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
own_stack
log=$dir/log/mobync.log
owner=alice
token=$(token_of alice)
base=$((1 << 32))
at=()

# push CLOCK ID TYPE JSON_DATA
push() {
    sync "$token" "$(push_json "$1" "$(diff_json "$2" "$owner" "$1" "$3" tasks "$4")")"
}

pull() {
    sync "$token" "{\"logical_clock\":$1,\"diffs\":[]}"
}

clock() {
    of_body .logical_clock
}

# Copies of the tables: quicker than a dump, which backup.sh takes.
backup() {
    local table
    admin_sql 'CREATE OR REPLACE DATABASE backup'
    for table in $(sql 'SHOW TABLES'); do
        admin_sql "CREATE TABLE backup.$table LIKE $table; INSERT INTO backup.$table SELECT * FROM $table"
    done
}

restore() {
    local table
    for table in $(sql 'SHOW TABLES'); do
        admin_sql "DROP TABLE $table; RENAME TABLE backup.$table TO app.$table"
    done
}

# --- a copy, and what is lost after it
push 0 a1 create '{"id":"x","name":"a"}'
first=$(of_body .lineage)
backup
push 1 a2 update '{"id":"x","name":"lost"}'
push 2 a3 create '{"id":"y","name":"lost"}'
expect 'before' '200 3' "$status $(clock)"
restore

# --- without the command: noticed as far as it can be
lines=$(log_lines)
pull 3
expect 'ahead' '409 INVALID_CLOCK null' "$status $(of_body .error.code) $(of_body .restart_clock)"
expect_true 'ahead: the log says what to run' log_has "$lines" "level=error .*run 'mobync restored' now"
expect 'ahead: counted' 1 "$(curl -sS "$url/metrics" | sed -n 's/^mobync_clocks_ahead_total //p')"

# --- with it, and without a restart of serve
workers=$(worker_pids)
expect 'restored' 0 "$("$MOBYNC_BIN" restored -c "$dir/e2e.yaml" >"$work/out" 2>"$work/err"; echo $?)"
expect_true 'restored: says what it did' grep -qE '^epoch 1, lineage [0-9a-f-]{36}$' "$work/out"
pull 3
expect 'before the first push' "409 1" "$status $(of_body .restart_clock)"
expect 'a new lineage' true "$([[ $(of_body .lineage) != "$first" && -n $(of_body .lineage) ]] && echo true)"
pull 1
expect 'who is not ahead notices nothing' '200 1' "$status $(clock)"
push 1 b1 update '{"id":"x","name":"b"}'
expect 'the first push goes on from the base' "200 $((base + 1))" "$status $(clock)"
for n in 2 3 4; do push $((base + n - 1)) "b$n" update '{"id":"x","priority":'"$n"'}'; done
expect 'others push on' "200 $((base + 4))" "$status $(clock)"
for ahead in 2 3 $((base - 1)); do
    pull "$ahead"
    expect "a device at $ahead, for good" '409 INVALID_CLOCK 1' \
        "$status $(of_body .error.code) $(of_body .restart_clock)"
done
expect 'the same workers' "$workers" "$(worker_pids)"

# --- it goes back and sends again what it has
sync "$token" "$(push_json 1 "$(diff_json a2 "$owner" 1 update tasks '{"id":"x","name":"lost"}')" \
    "$(diff_json a3 "$owner" 2 create tasks '{"id":"y","name":"lost"}')")"
expect 'sent again' "200 $((base + 5))" "$status $(clock)"
expect 'what was lost is back' 'lost' "$(sql "SELECT name FROM tasks WHERE owner_id = 'alice' AND id = 'y'")"

# --- WatermelonDB, whose clock is that of its last pull: it may have pushed since what is lost
melon() {
    request POST "/watermelon/$1" -H "Authorization: Bearer $melon_token" -H 'Content-Type: application/json' \
        --data-binary "$2"
}

melon_pull() {
    melon pull "{\"lastPulledAt\":$1,\"schemaVersion\":1,\"migration\":null}"
}

# melon_push LAST_PULLED_AT ID
melon_push() {
    melon push "{\"lastPulledAt\":$1,\"changes\":{\"tasks\":{\"created\":[{\"id\":\"$2\",\"_status\":\"created\",
        \"_changed\":\"\",\"name\":\"$2\",\"done\":false}],\"updated\":[],\"deleted\":[]}}}"
}

# What a pull brought: its time, the rows, and whether they replace all others.
pulled() {
    of_body '[.timestamp, ((.changes.tasks.updated // []) | map(.id) | join(",")), .experimentalStrategy // "-"] | join(" ")'
}

for melon_owner in melon-0 melon-1; do # the one pulls before anything is there, the other later
    melon_token=$(token_of "$melon_owner")
    [[ $melon_owner == melon-0 ]] || melon_push null kept
    melon_pull null
    at[${#at[@]}]=$(of_body .timestamp)
done
backup
for n in 0 1; do
    melon_token=$(token_of "melon-$n")
    melon_push "${at[n]}" lost
    expect "melon-$n pushes" 200 "$status"
done
restore
"$MOBYNC_BIN" restored -c "$dir/e2e.yaml" >/dev/null 2>&1
second=$((2 * base))
for n in 0 1; do
    melon_token=$(token_of "melon-$n")
    rows=$([[ $n == 0 ]] || echo kept)
    melon_push "${at[n]}" later
    expect_error "melon-$n pushes before it has pulled" 409 INVALID_CLOCK
    melon_pull "${at[n]}"
    expect "melon-$n gets its rows anew" "$((second + 1)) $rows replacement" "$(pulled)"
    melon_pull "$((second + 1))"
    expect "melon-$n, once" "$((second + 1))  -" "$(pulled)"
    melon_push "$((second + 1))" new
    expect "melon-$n pushes again" 200 "$status"
    melon_pull "$((second + 1))"
    expect "melon-$n has what the server has" "$((second + 2)) new -" "$(pulled)"
done

# --- devices at random
for seed in 1 2; do
    expect_true "devices, seed $seed" python3 "$root/tests/e2e/restored.py" "$dir" "$(stack_port)" "$seed"
done
finish
