#!/usr/bin/env bash
# The session of a page, pasted as it stands into a fresh stack of scripts/up.
# usage: session.sh PAGE [--write]   with --write, the page gets what the server prints
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
page=$root/$1
undo+=("'$root/scripts/down' --dir '$work/run'")
up_on_free_port --dir "$work/run" >"$work/up.log" 2>&1 || { cat "$work/up.log"; exit 1; }
use_stack "$work/run"
await_workers

# The page speaks of a checkout with the port that `up` takes, and of a person, who waits a moment
# after a reload.
pasted() {
    python3 "$root/tests/e2e/session.py" script "$page" |
        sed "s|scripts/up|true|; s|scripts/token|'$root/scripts/token' --dir run|; s|127.0.0.1:8080|${url#http://}|
            s|build/release/mobync|'$MOBYNC_BIN'|"
}
kill() {
    local before
    before=$(worker_pids)
    builtin kill "$@"
    wait_until 20 workers_are_others_than "$before"
}

cd "$work"
pasted >script
# shellcheck source=/dev/null
(set +eu; . ./script) >printed 2>&1
if [[ ${2:-} == --write ]]; then
    python3 "$root/tests/e2e/session.py" write "$page" printed >written
    cp written "$page"
fi
expect_true "$1: prints what it says" python3 "$root/tests/e2e/session.py" judge "$page" printed
finish
