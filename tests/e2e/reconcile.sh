#!/usr/bin/env bash
# What no trigger sees, and `mobync reconcile` finds: TRUNCATE, a table that is restored from a
# dump, a table that another one replaces (docs/sql-writes.md).
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$root/tests/e2e/device.sh"
own_stack
token=$(token_of alice)
bob=$(token_of bob)

make_triggers() {
    "$MOBYNC_BIN" schema --apply -c "$dir/e2e.yaml" >"$work/out" 2>&1 || expect 'schema --apply' '' "$(<"$work/out")"
}

# reconcile STATUS ARGUMENT…: leaves what it says in $work/out and $work/err
reconcile() {
    local wanted=$1 got=0
    shift
    "$MOBYNC_BIN" reconcile -c "$dir/e2e.yaml" "$@" >"$work/out" 2>"$work/err" || got=$?
    expect "reconcile $*: its status" "$wanted" "$got"
}

dump() {
    mariadb-dump --no-defaults --socket="$dir/mysql.sock" --skip-triggers app tasks
}

device_new phone
device_new bobs
device_write phone "$(jq -cn '[range(3) | {id: "d\(.)", owner: "alice", logical_clock: 0, utc_timestamp: (1000 + .), type: "create", model: "tasks",
    json_data: ({id: "t\(.)", name: "n\(.)"} | tojson)}]')"
device_sync phone "$token"
device_write bobs '[{"id": "b", "owner": "bob", "logical_clock": 0, "utc_timestamp": 1, "type": "create", "model": "tasks", "json_data": "{\"id\":\"t0\",\"name\":\"bobs\"}"}]'
device_sync bobs "$bob"
before=$(device_rows phone)
bobs_before=$(device_rows bobs)
expect 'the rows' 3 "$(wc -l <<<"$before")"

reconcile 2 --model nothing
expect_true 'a model that is not mapped' grep -q 'nothing: the configuration maps no model of that name' "$work/err"
reconcile 0
expect_true 'all owners' grep -q '2 owners are compared, each with its next sync' "$work/out"
device_sync phone "$token"
expect 'nothing differs: nothing is told' "$before" "$(device_rows phone)"

# A restored table: rows of then, and a row that came since is gone.
dump >"$work/dump.sql"
device_write phone '[{"id": "d9", "owner": "alice", "logical_clock": 0, "utc_timestamp": 2000, "type": "create", "model": "tasks", "json_data": "{\"id\":\"t9\",\"name\":\"later\"}"},
    {"id": "u0", "owner": "alice", "logical_clock": 0, "utc_timestamp": 2001, "type": "update", "model": "tasks", "json_data": "{\"id\":\"t0\",\"name\":\"changed\"}"}]'
device_sync phone "$token"
expect 'a row more' 4 "$(device_rows phone | wc -l)"
admin_sql "$(<"$work/dump.sql")"
"$MOBYNC_BIN" check -c "$dir/e2e.yaml" >"$work/out" 2>&1 || true
expect_true 'check misses the triggers of the restored table' grep -q 'table `tasks` lacks the triggers' "$work/out"
make_triggers
device_sync phone "$token"
expect 'the device has what was restored' "$before" "$(device_rows phone)"

device_sync bobs "$bob"

# TRUNCATE: no trigger fires.
admin_sql 'TRUNCATE tasks'
device_sync phone "$token"
expect 'nobody has noticed' "$before" "$(device_rows phone)"
reconcile 0 --owner alice --model tasks
expect_true 'one owner' grep -q 'owner alice is compared with its next sync' "$work/out"
device_sync phone "$token"
expect 'the rows are gone' '' "$(device_rows phone)"
device_sync bobs "$bob"
expect 'of another owner nothing was compared' "$bobs_before" "$(device_rows bobs)"
reconcile 0 --model tasks
device_sync bobs "$bob"
expect 'until it was' '' "$(device_rows bobs)"
device_sync phone "$token"

# A table that another one replaces, as gh-ost does; the triggers go with the old one.
admin_sql "CREATE TABLE tasks_new LIKE tasks; INSERT INTO tasks_new (owner_id, id, name) VALUES ('alice', 'n', 'of the new table');
    RENAME TABLE tasks TO tasks_old, tasks_new TO tasks; DROP TABLE tasks_old"
device_sync phone "$token"
expect 'nobody has noticed, again' '' "$(device_rows phone)"
make_triggers
device_sync phone "$token"
expect_true 'then the device has its rows' grep -q '^tasks/n .*name=of the new table' <<<"$(device_rows phone)"
admin_sql "UPDATE tasks SET name = 'changed' WHERE id = 'n'"
device_sync phone "$token"
expect_true 'and its changes' grep -q '^tasks/n .*name=changed' <<<"$(device_rows phone)"
finish
