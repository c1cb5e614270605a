#!/usr/bin/env bash
# Three devices with clients/js write at random while responses are lost and workers killed; each
# run has an owner of its own. MOBYNC_RUNS: how many.
. "$(dirname "${BASH_SOURCE[0]}")/../faults/lib.sh"
. "$root/tests/clients/node.sh"
use_faults_stack clients

at_once=4
kills=6

play() {
    local owner=$run-$1
    "$conformance/random_runs.py" --url "$url" --owner "$owner" --token "$(token_of "$owner" 3600)" \
        "${drive_js[@]}" >"$work/run.$1" 2>&1
}

kill_some() {
    local i workers
    for ((i = 0; i < kills; i++)); do
        mapfile -t workers < <(worker_pids)
        ((${#workers[@]} == 0)) || kill -s KILL "${workers[RANDOM % ${#workers[@]}]}" 2>/dev/null || true
        sleep "0.$((RANDOM % 6 + 2))"
    done
}

for ((first = 1; first <= MOBYNC_RUNS; first += at_once)); do
    players=()
    for ((i = first; i < first + at_once && i <= MOBYNC_RUNS; i++)); do
        play "$i" &
        players+=("$!")
    done
    kill_some
    for player in "${players[@]}"; do
        wait "$player" || failures=$((failures + 1))
    done
done
cat "$work"/run.*
expect 'runs that ended well' "$MOBYNC_RUNS" "$(cat "$work"/run.* | grep -c '^ok')"
expect_true 'workers were killed' log_says 'ended by signal 9'
finish
