#!/usr/bin/env bash
# Each command of a push's transaction in turn: the link to the database is cut at it, the worker
# dies at it. Before COMMIT another attempt succeeds; a COMMIT whose result was lost is settled by
# the device, which sends the same diffs again.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_faults_stack stages

mkfifo "$work/go"
/usr/bin/python3 "$faults/stages.py" "$dir" "$(stack_port)" "$work/link" "$run" \
    <"$work/go" >"$work/stages" 2>&1 &
stages=$!
undo+=("kill -s TERM $stages 2>/dev/null || true")
exec 8>"$work/go"
chmod 755 "$work"
expect_true 'the proxy listens' wait_until 30 grep -q '^up$' "$work/stages"
reload "s|$dir/mysql.sock|$work/link|"
phones_begin 200,502,503 --owners 3
printf 'go\n' >&8
status=0
wait "$stages" || status=$?
cat "$work/stages"
expect 'each push takes effect once, wherever it was broken' 0 "$status"
reload ''
phones_end 'stages'
finish
