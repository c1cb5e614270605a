#!/usr/bin/env bash
# Other programs write into the mapped tables while phones push and pull, workers are killed, and
# MariaDB is. None of their statements may fail or deadlock for it, and all devices end with what
# the tables hold. MOBYNC_KILLS: how many workers are killed.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_faults_stack writers
kills=${MOBYNC_KILLS:-6}

mobync() {
    "$MOBYNC_BIN" "$@" -c "$dir/faults.yaml"
}

# The tables are not those that the triggers were made for.
mobync schema --apply >/dev/null
trigger_count() {
    admin_sql "SELECT COUNT(*) FROM information_schema.triggers
               WHERE trigger_schema = 'app' AND trigger_name LIKE 'mobync%'"
}
expect_true 'the tables have triggers' test "$(trigger_count)" -ge 12

writers_begin() {
    /usr/bin/python3 "$faults/sql_writers.py" "$dir" "$run" --owners 2 --writers 8 \
        >"$work/writers" 2>&1 &
    writers=$!
    undo+=("kill -s TERM $writers 2>/dev/null || true")
}

writers_have() {
    (($(cat "$dir/$run.writers" 2>/dev/null || printf 0) >= $1))
}

# Each deadlock, whoever lost it, is told in MariaDB's log.
print_deadlocks() {
    admin_sql 'SET GLOBAL innodb_print_all_deadlocks = 1'
}

writers_end() {
    local status=0
    kill -s TERM "$writers" 2>/dev/null || true
    wait "$writers" || status=$?
    cat "$work/writers"
    expect 'no statement of other programs failed or deadlocked' 0 "$status"
    ((status == 0)) || grep -A 60 -i 'transactions deadlock detected' "$dir/log/mysql.log" || true
    rm -f "$dir/$run.writers"
}

print_deadlocks
phones_begin 200,502,503 --owners 2 --devices 4 --readers 4 --sql
writers_begin
expect_true 'the writers write' wait_until 60 writers_have 100
for ((i = 0; i < kills; i++)); do
    worker_kill
    sleep "0.$((RANDOM % 4 + 1))"
done
phones_await 40
database_end KILL
mysql_start >/dev/null
print_deadlocks
phones_await 30
expect_true 'the writers write again' wait_until 60 writers_have \
    $(($(cat "$dir/$run.writers") + 100))
writers_end
phones_end 'other programs write'
expect_true 'diffs of other SQL were stored' test "$(sql "SELECT COUNT(*) FROM diffs
    WHERE owner LIKE '$run-%' AND model = 'tasks' AND object_id LIKE 's-%'")" -gt 100
expect 'the outbox is empty' 0 "$(sql "SELECT COUNT(*) FROM mobync_changes WHERE owner LIKE '$run-%'")"
finish
