#!/usr/bin/env bash
# The database drops transactions under load, as a node of a Galera cluster does: a statement
# succeeds, and only a flag of its answer tells that what it belongs to is gone.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_faults_stack dropped
seed=${MOBYNC_SEED:-$RANDOM}
printf 'MOBYNC_SEED=%s\n' "$seed"

/usr/bin/python3 "$faults/dropped.py" "$dir/mysql.sock" "$work/link" 40 "$seed" >"$work/dropped" 2>&1 &
dropper=$!
undo+=("kill -s TERM $dropper 2>/dev/null || true")
chmod 755 "$work"
expect_true 'the proxy listens' wait_until 30 grep -q '^up$' "$work/dropped"
reload "s|$dir/mysql.sock|$work/link|"
phones_begin 200,503
phones_await 200
phones_end 'transactions are dropped'
reload ''
kill -s TERM "$dropper"
wait "$dropper" || expect 'the proxy ends well' 0 "$?"
dropped=$(tail -n 1 "$work/dropped")
printf '%d transactions were dropped\n' "$dropped"
expect_true 'many were' test "$dropped" -ge 20
finish
