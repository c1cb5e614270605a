#!/usr/bin/env bash
# The customer's own SQL holds locks that pushes need, under load: waits that end in time, waits
# that do not, and deadlocks.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_faults_stack locks

deadlocks() {
    admin_sql "SELECT count FROM information_schema.innodb_metrics WHERE name = 'lock_deadlocks'"
}

owner=$run-held
token=$(token_of "$owner")
sync "$token" "$(push_json 0 "$(diff_json "$run-1" "$owner" 0 create tasks '{"id":"a","name":"n"}')" \
    "$(diff_json "$run-2" "$owner" 0 create tasks '{"id":"b","name":"n"}')")"
expect 'two rows' 200 "$status"
update=$(push_json 1 "$(diff_json "$run-3" "$owner" 1 update tasks '{"id":"a","name":"x"}')")

rows_of_owner="SELECT id FROM tasks WHERE owner_id = '$owner' FOR UPDATE"
phones_begin 200
# innodb_lock_wait_timeout of the workers is 2 s, and they retry three times.
lock_begin "$rows_of_owner"
lock_end_after 2.5
sync "$token" "$update"
expect 'a lock held for 2.5 s: another try gets it' '200 2' "$status $(of_body .logical_clock)"
lock_end

lock_begin "$rows_of_owner"
update=$(push_json 2 "$(diff_json "$run-4" "$owner" 2 update tasks '{"id":"a","name":"y"}')")
sync "$token" "$update"
expect_error 'a lock held for long' 503 SERVER_BUSY
expect_true 'it says when to come again' test "$(header retry-after)" -gt 0
expect 'nothing of it is there' '2 0' "$(sql "SELECT next_clock, (SELECT COUNT(*) FROM diffs d WHERE
    d.owner = o.owner AND id = '$run-4') FROM mobync_owners o WHERE owner = '$owner'" | tr '\t' ' ')"
lock_end
sync "$token" "$update"
expect 'once it is free' '200 3' "$status $(of_body .logical_clock)"

# In the other order than a push takes them: rows of the phones first, then their owners' locks.
before=$(deadlocks)
for ((i = 0; i < 40; i++)); do
    victim=$run-$((i % 5))
    printf "START TRANSACTION; UPDATE tasks SET score = %d WHERE owner_id = '%s' AND id LIKE 'shared-%%';
            DO SLEEP(0.02); SELECT next_clock FROM mobync_owners WHERE owner = '%s' FOR UPDATE; COMMIT;\n" \
        "$i" "$victim" "$victim"
done >"$work/crossing"
[[ -n $(sql "SHOW COLUMNS FROM tasks LIKE 'score'") ]] || sql 'ALTER TABLE tasks ADD COLUMN score INT'
# Whether two of them meet is chance.
for ((i = 0; i < 10 && $(deadlocks) - before <= 3; i++)); do
    mariadb --no-defaults --socket="$dir/mysql.sock" --force app <"$work/crossing" >/dev/null 2>"$work/crossing.err" || true
done
phones_await 20
phones_end 'locks'
printf '%d deadlocks\n' $(($(deadlocks) - before))
expect_true 'there were deadlocks' test "$(($(deadlocks) - before))" -gt 3
finish
