#!/usr/bin/env bash
# Changes of tables that fire no trigger of the server's, as tools do them while the table is in
# use, and what devices are told after `mobync reconcile` (docs/sql-writes.md): gh-ost and
# pt-online-schema-change fill another table and swap the two by RENAME TABLE; partitions are
# dropped and exchanged.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$root/tests/e2e/device.sh"
own_stack
token=$(token_of alice)

mobync() {
    "$MOBYNC_BIN" "$@" -c "$dir/e2e.yaml" >"$work/out" 2>&1 || expect "mobync $*" 0 "$? $(<"$work/out")"
}

# writes ID NAME: the device makes a task
writes() {
    device_write phone "$(jq -cn --arg id "$1" --arg name "$2" '[{id: "d-\($id)", owner: "alice", logical_clock: 0, utc_timestamp: 1000,
        type: "create", model: "tasks", json_data: ({id: $id, name: $name} | tojson)}]')"
    device_sync phone "$token"
    expect "the device writes $1" 200 "$status"
}

expect_rows() {
    local what=$1
    shift
    expect "$what" "$(printf '%s\n' "$@")" "$(device_rows phone | sed -n 's|^tasks/\([^ ]*\) .*name=\([^ ]*\).*|\1=\2|p')"
}

# As both tools end.
swap() {
    admin_sql 'RENAME TABLE tasks TO tasks_old, tasks_new TO tasks'
}

device_new phone
writes t1 one
writes t2 two

# --- gh-ost: rows in steps, and what is written meanwhile, without a trigger on either table
admin_sql 'CREATE TABLE tasks_new LIKE tasks; ALTER TABLE tasks_new ADD note INT NOT NULL DEFAULT 7, MODIFY name VARCHAR(300) NULL;
    INSERT INTO tasks_new (owner_id, id, name) SELECT owner_id, id, name FROM tasks'
writes t3 three
admin_sql "UPDATE tasks SET name = 'deux' WHERE id = 't2';
    REPLACE INTO tasks_new (owner_id, id, name) SELECT owner_id, id, name FROM tasks WHERE id IN ('t2', 't3')"
swap
mobync check
expect_true 'check misses the triggers' grep -q 'table `tasks` lacks the triggers' "$work/out"
writes t4 four
expect_rows 'what was noted before the swap is told' t1=one t2=deux t3=three t4=four
admin_sql "UPDATE tasks SET name = 'drei' WHERE id = 't3'; DELETE FROM tasks WHERE id = 't1'; INSERT INTO tasks (owner_id, id, name) VALUES ('alice', 't5', 'five')"
device_sync phone "$token"
expect_rows 'what is not noted is not told' t1=one t2=deux t3=three t4=four
mobync schema --apply
device_sync phone "$token"
expect_rows 'with triggers all is told' t2=deux t3=drei t4=four t5=five
admin_sql 'DROP TABLE tasks_old'

# --- pt-online-schema-change: triggers of its own, beside the server's
admin_sql "CREATE TABLE tasks_new LIKE tasks; ALTER TABLE tasks_new DROP note;
    CREATE TRIGGER pt_ins AFTER INSERT ON tasks FOR EACH ROW REPLACE INTO tasks_new (owner_id, id, name) VALUES (NEW.owner_id, NEW.id, NEW.name);
    CREATE TRIGGER pt_upd AFTER UPDATE ON tasks FOR EACH ROW REPLACE INTO tasks_new (owner_id, id, name) VALUES (NEW.owner_id, NEW.id, NEW.name);
    CREATE TRIGGER pt_del AFTER DELETE ON tasks FOR EACH ROW DELETE FROM tasks_new WHERE owner_id = OLD.owner_id AND id = OLD.id;
    INSERT IGNORE INTO tasks_new (owner_id, id, name) SELECT owner_id, id, name FROM tasks"
writes t6 six
admin_sql "UPDATE tasks SET name = 'cinq' WHERE id = 't5'; DELETE FROM tasks WHERE id = 't4'"
device_sync phone "$token"
expect_rows 'while rows are copied' t2=deux t3=drei t5=cinq t6=six
swap
# The server's triggers are made for the new table by hand, before anybody looks.
admin_sql "UPDATE tasks SET name = 'sechs' WHERE id = 't6'; DROP TABLE tasks_old"
mobync schema
sed -n '/^DELIMITER ;;$/,$p' "$work/out" | sed '/^UPDATE/d' >"$work/triggers.sql"
mariadb --no-defaults --socket="$dir/mysql.sock" app <"$work/triggers.sql"
device_sync phone "$token"
expect_rows 'what was missed is not told' t2=deux t3=drei t5=cinq t6=six
mobync reconcile
device_sync phone "$token"
expect_rows 'until it is looked for' t2=deux t3=drei t5=cinq t6=sechs
mobync check
expect 'check misses nothing' 0 "$(grep -c trigger "$work/out" || true)"

# --- partitions
admin_sql "ALTER TABLE tasks PARTITION BY RANGE COLUMNS (id) (PARTITION low VALUES LESS THAN ('t4'), PARTITION high VALUES LESS THAN (MAXVALUE))"
mobync check
expect_true 'check warns of partitions' grep -q 'tasks.*partition' "$work/out"
mobync schema --apply
device_sync phone "$token"
expect_rows 'partitions change nothing' t2=deux t3=drei t5=cinq t6=sechs
admin_sql 'ALTER TABLE tasks DROP PARTITION low'
device_sync phone "$token"
expect_rows 'nobody has noticed' t2=deux t3=drei t5=cinq t6=sechs
mobync reconcile --model tasks
device_sync phone "$token"
expect_rows 'the rows of a dropped partition are gone' t5=cinq t6=sechs
admin_sql "CREATE TABLE other LIKE tasks; ALTER TABLE other REMOVE PARTITIONING; INSERT INTO other (owner_id, id, name) VALUES ('alice', 't7', 'seven');
    ALTER TABLE tasks EXCHANGE PARTITION high WITH TABLE other"
mobync reconcile --owner alice
device_sync phone "$token"
expect_rows 'of an exchanged one, others are there' t7=seven
finish
