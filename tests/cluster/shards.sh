#!/usr/bin/env bash
# Two shards behind one nginx, while phones push and pull: owners are moved from one to the other
# and back; half of the moves are killed (kill -9) at some moment and gone on with. Every
# acknowledged sync must be there, each owner in one shard alone, and phones of other owners notice
# nothing. MOBYNC_ROUNDS: how often each owner is moved there and back.
. "$(dirname "${BASH_SOURCE[0]}")/../faults/lib.sh"
. "$root/tests/e2e/shards_lib.sh"
# shellcheck disable=SC2034 # shards_lib.sh uses it
base_config=faults_config
rounds=${MOBYNC_ROUNDS:-2}

# numbered SHARD OFFSET: the tables that the database numbers, with numbers of its own
numbered() {
    local dir=${shard_dirs[$1]}
    admin_sql "SET GLOBAL auto_increment_increment = 2; SET GLOBAL auto_increment_offset = $2;
        DROP TABLE marks, steps, projects"
    admin_sql "$(<"$faults/numbered.sql")"
    "$MOBYNC_BIN" schema --apply -c "$(config_of "$1")" >/dev/null
}

# b_reloaded: its second group of workers is there
b_reloaded() {
    (($(grep -c 'workers on' "${shard_dirs[b]}/log/mobync.log") >= 2))
}

own_shards
numbered a 1
numbered b 2
# As docs/scale.md has it: devices notice nothing but 503.
in_shard b "UPDATE mobync_lineage SET lineage = '$(lineage_of a)' WHERE slot = 0"
before=$(worker_pids)
kill -s HUP "$(serve_pid)"
kill -s HUP "$shard_b_pid"
expect_true 'the pool of a is reloaded' wait_until 20 workers_are_others_than "$before"
expect_true 'the pool of b is reloaded' wait_until 20 b_reloaded

run=moved-$RANDOM
phones_begin 200,503 --owners 2 --devices 3 --readers 1 --also "${shard_dirs[b]}"
/usr/bin/python3 "$faults/phones.py" "$dir" "$(stack_port)" "others-$RANDOM" --allow 200 --owners 2 \
    --devices 2 --also "${shard_dirs[b]}" >"$work/others" 2>&1 &
others=$!
undo+=("kill -s TERM $others 2>/dev/null || true")

for ((round = 1; round <= 2 * rounds; round++)); do
    for owner in "$run-0" "$run-1"; do
        to=$(other_shard "$(move_owner "$owner")")
        if ((round % 2 == 0)); then
            move_owner_killed "$owner" "$to" "0.$((RANDOM % 40 + 10))"
        fi
        began=$(milliseconds)
        expect "round $round: $owner is moved" "$to" "$(move_owner "$owner" --to "$to")"
        printf '        in %d ms, with %s diffs\n' $(($(milliseconds) - began)) "$(diffs_in "$to" "$owner")"
        phones_await 20
    done
done
phones_end 'owners are moved'
status=0
kill -s TERM "$others"
wait "$others" || status=$?
cat "$work/others"
expect 'other owners notice nothing' 0 "$status"
for owner in "$run-0" "$run-1"; do
    at=$(move_owner "$owner")
    expect "$owner is in one shard alone" '0 0' \
        "$(count_in "$(other_shard "$at")" "$owner") $(diffs_in "$(other_shard "$at")" "$owner")"
done
finish
