#!/usr/bin/env bash
# MariaDB is stopped, killed and restarted under load, and the workers stay.
# MOBYNC_KILLS: how often it is killed while every processor is busy.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_faults_stack database
token=$(token_of "$run-asks")
kills=${MOBYNC_KILLS:-5}

# What a client is told while the database is away.
expect_told_to_wait() {
    sync "$token" '{"logical_clock":0,"diffs":[]}'
    expect_error "$1: a sync" 503 SERVER_BUSY
    expect_true "$1: it says when to come again" test "$(header retry-after)" -gt 0
    request GET /healthz
    expect_error "$1: /healthz" 503 SERVER_BUSY
}

# The phones' numbers rise again, and the workers are those of before.
expect_recovery() {
    local began
    mysql_start >/dev/null
    began=$(milliseconds)
    phones_await 50
    printf 'the next 50 pushes took %d ms\n' $(($(milliseconds) - began))
    expect "$1: the workers are those of before" "$workers" "$(worker_pids)"
}

# A 409 is what a device gets that was told of a clock which the crash took back.
phones_begin 200,503
workers=$(worker_pids)
database_end TERM
expect_told_to_wait 'stopped'
expect_recovery 'stopped'
database_end KILL
expect_told_to_wait 'killed'
expect_recovery 'killed'
burners_begin
for ((i = 1; i <= kills; i++)); do
    database_end KILL
    expect_recovery "killed with all processors busy, $i of $kills"
done
burners_end
phones_end 'MariaDB away'
expect 'no worker died' 0 "$(log_count 'a worker ')"
expect_true 'the log names the reason' log_says 'code=SERVER_BUSY'
finish
