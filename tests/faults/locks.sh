#!/usr/bin/env bash
# The customer's own SQL holds locks that pushes need, under load: waits that end in time, waits that
# do not, and deadlocks.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_faults_stack locks

# sql_session STATEMENTS: in the background, as one session
sql_session() {
    admin_sql "$1" >"$work/session" 2>&1 &
    session=$!
}

deadlocks() {
    admin_sql "SELECT variable_value FROM information_schema.global_status
               WHERE variable_name = 'Innodb_deadlocks'"
}

is_waiting() {
    (($(admin_sql "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'") > 0))
}

owner=$run-held
token=$(token_of "$owner")
sync "$token" "$(push_json 0 "$(diff_json "$run-1" "$owner" 0 create tasks '{"id":"a","name":"n"}')" \
    "$(diff_json "$run-2" "$owner" 0 create tasks '{"id":"b","name":"n"}')")"
expect 'two rows' 200 "$status"
update=$(push_json 1 "$(diff_json "$run-3" "$owner" 1 update tasks '{"id":"a","name":"x"}')")

# Rows alone: a gap would hold up the owner next to this one, too.
row_locks='SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;'
phones_begin 200
# innodb_lock_wait_timeout of the workers is 2 s, and they try three times.
sql_session "$row_locks START TRANSACTION; SELECT id FROM tasks WHERE owner_id = '$owner' FOR UPDATE; DO SLEEP(2.5); COMMIT"
sleep 0.3
sync "$token" "$update"
expect 'a lock held for 2.5 s: another try gets it' '200 2' "$status $(of_body .logical_clock)"
wait "$session"

sql_session "$row_locks START TRANSACTION; SELECT id FROM tasks WHERE owner_id = '$owner' FOR UPDATE; DO SLEEP(7); COMMIT"
sleep 0.3
update=$(push_json 2 "$(diff_json "$run-4" "$owner" 2 update tasks '{"id":"a","name":"y"}')")
sync "$token" "$update"
expect_error 'a lock held for long' 503 SERVER_BUSY
expect_true 'it says when to come again' test "$(header retry-after)" -gt 0
expect 'nothing of it is there' '2 0' "$(sql "SELECT next_clock, (SELECT COUNT(*) FROM diffs d WHERE
    d.owner = o.owner AND id = '$run-4') FROM mobync_owners o WHERE owner = '$owner'" | tr '\t' ' ')"
wait "$session"
sync "$token" "$update"
expect 'once it is free' '200 3' "$status $(of_body .logical_clock)"

# In the other order than a push takes them: rows of the phones first, then their owners' locks.
before=$(deadlocks)
for ((i = 0; i < 40; i++)); do
    victim=$run-$((i % 5))
    printf "START TRANSACTION; UPDATE tasks SET score = %d WHERE owner_id = '%s' AND id = 'shared';
            DO SLEEP(0.02); SELECT next_clock FROM mobync_owners WHERE owner = '%s' FOR UPDATE; COMMIT;\n" \
        "$i" "$victim" "$victim"
done >"$work/crossing"
sql 'ALTER TABLE tasks ADD COLUMN IF NOT EXISTS score INT'
mariadb --no-defaults --socket="$dir/mysql.sock" --force app <"$work/crossing" >/dev/null 2>"$work/crossing.err" || true
phones_await 20
phones_end 'locks'
printf '%d deadlocks\n' $(($(deadlocks) - before))
expect_true 'there were deadlocks' test "$(($(deadlocks) - before))" -gt 3
finish
