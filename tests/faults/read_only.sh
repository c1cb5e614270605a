#!/usr/bin/env bash
# The database takes no writes any more, as a primary that became a replica, under load: pulls are
# served, pushes told to come again.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_faults_stack readonly
undo+=("admin_sql 'SET GLOBAL read_only = 0' || true")
token=$(token_of "$run-asks")
push=$(push_json 0 "$(diff_json "$run" "$run-asks" 0 create tasks '{"id":"a","name":"n"}')")

phones_begin 200,503
sync "$token" "$push"
expect 'a push before' 200 "$status"
workers=$(worker_pids)
admin_sql 'SET GLOBAL read_only = 1'
sync "$token" '{"logical_clock":0,"diffs":[]}'
expect 'a pull' '200 1' "$status $(of_body '.diffs | length')"
sync "$token" "$(push_json 1 "$(diff_json "$run-2" "$run-asks" 1 create tasks '{"id":"b","name":"n"}')")"
expect_error 'a push' 503 SERVER_BUSY
expect_true 'it says when to come again' test "$(header retry-after)" -gt 0
sync "$token" "$push"
expect_error 'one that was taken before, again' 503 SERVER_BUSY
refused=$(phones_counts | cut -d' ' -f2)
expect_true 'the load meets it too' wait_until 60 phones_were_refused $((refused + 10))
admin_sql 'SET GLOBAL read_only = 0'
phones_await 50
sync "$token" "$push"
expect 'the same, when writes are taken again' '200 1' "$status $(of_body .logical_clock)"
phones_end 'read-only'
expect 'the workers stayed' "$workers" "$(worker_pids)"
finish
