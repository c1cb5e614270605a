#!/usr/bin/env bash
# The history is folded all the while, with a horizon that is seconds old; devices stay away until
# they are below it, and beyond the memory of deletes; and MariaDB, workers and the housekeeping
# process are killed. MOBYNC_KILLS: how often MariaDB is.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_faults_stack history
kills=${MOBYNC_KILLS:-3}
keep=4
deletes=9

# Diffs that are stored from now on are an hour old at once, less $keep seconds: nothing is folded
# that is younger than an hour.
diffs_are_old() {
    admin_sql "ALTER TABLE diffs ALTER stored_at
               SET DEFAULT (CURRENT_TIMESTAMP - INTERVAL 1 HOUR + INTERVAL $keep SECOND)"
}

diffs_are_new() {
    admin_sql 'ALTER TABLE diffs ALTER stored_at SET DEFAULT (CURRENT_TIMESTAMP)'
}

housekeeper_kill() {
    local pid
    pid=$(housekeeper_pid)
    [[ -z $pid ]] || kill -s KILL "$pid" 2>/dev/null || true
}

# A new process walks over all owners at once, and this one, too, dies in the middle of it.
killers_begin() {
    while sleep "$((RANDOM % 2)).$((RANDOM % 10))"; do
        housekeeper_kill
        ((RANDOM % 3 > 0)) || worker_kill
    done &
    undo+=("kill $! 2>/dev/null || true")
    killers=$!
}

# of_history COLUMNS: of all owners of this run
of_history() {
    sql "SELECT $1 FROM mobync_owners WHERE owner LIKE '$run-%' AND next_clock < 1 << 62"
}

horizons_rise_above() {
    (($(of_history 'MIN(forgotten_below)') > $1))
}

# Both horizons of all owners have moved on since the database is back.
expect_folding() {
    local above
    above=$(of_history 'MIN(compacted_below)')
    expect_true "$1: the horizons rise" wait_until 120 horizons_rise_above "$above"
}

diffs_are_old
undo+=(diffs_are_new)
reload "\$a history: { keep: 3600s, deletes: $((3600 + deletes - keep))s }"
phones_program=travellers.py
phones_begin 200,409,502,503 --owners 3 --devices 4 --readers 2 --history "$keep,$deletes"
killers_begin
expect_folding 'before'
for ((i = 1; i <= kills; i++)); do
    database_end KILL
    mysql_start >/dev/null
    phones_await 50
    sleep "$((RANDOM % keep)).$((RANDOM % 10))"
done
expect_folding 'afterwards'
kill "$killers"
wait "$killers" || true
phones_end 'a history that is folded'
expect_true 'most of the history is folded' test "$(of_history 'SUM(compacted_below) * 4 > SUM(next_clock)')" = 1
expect_true 'workers died' log_says 'a worker .*ended by signal 9\|worker ended by signal 9'
expect_true 'the housekeeping process died' log_says 'the housekeeper was ended by signal 9'
log_since | grep -o 'housekeeping: .*' | cut -c -100 | sort | uniq -c | sort -rn | head -5
finish
