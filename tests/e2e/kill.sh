#!/usr/bin/env bash
# Workers killed, the pool stopped and reloaded, all under load: what is lost, and what is not.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
own_stack
settings=$dir/e2e.yaml
log=$dir/log/mobync.log

has_four_workers() {
    (($(worker_pids | wc -l) == 4))
}

is_served() {
    sync "$(token_of after)" '{"logical_clock":0,"diffs":[]}'
    [[ $status == 200 ]]
}

# The share of failed requests is counted by what is no 200.
others() {
    load_count '$1 != 200'
}

# --- a worker dies
expect_true 'four workers' wait_until 20 has_four_workers
victim=$(worker_pids | head -n 1)
load_start 4 worker
load_await 15
kill -s KILL "$victim"
expect_true 'killed worker: the next request is served' is_served
expect_true 'killed worker: gone' wait_until 10 has_none_of "$victim"
expect_true 'killed worker: replaced' wait_until 20 has_four_workers
load_await 15
load_stop
expect_true 'killed worker: there was load' test "$(load_count '$1 == 200')" -gt 20
expect_true "killed worker: at most the request that it had is lost ($(others))" test "$(others)" -le 1
expect_all_stored 'killed worker'

# --- a faulty config
lines=$(log_lines)
workers=$(worker_pids)
cp "$settings" "$work/good.yaml"
printf 'colour: red\n' >>"$settings"
fault_line=$(wc -l <"$settings")
kill -s HUP "$(serve_pid)"
expect_true 'faulty config: file and line are in the log' \
    wait_until 10 log_has "$lines" "e2e.yaml:$fault_line:"
expect_true 'faulty config: requests are served' is_served
expect 'faulty config: the old workers stay' "$workers" "$(worker_pids)"

# --- a good one, told from the old by the most diffs that it takes
two_diffs=$(push_json 0 "$(diff_json r1 reload 0 create tasks '{"id":"r1","name":"n"}')" \
    "$(diff_json r2 reload 0 create tasks '{"id":"r2","name":"n"}')")
sed 's/diffs: 100/diffs: 1/' "$work/good.yaml" >"$settings"
load_start 4 reload
load_await 8
kill -s HUP "$(serve_pid)"
expect_true 'reload: the old workers leave' wait_until 20 has_none_of "$workers"
expect_true 'reload: new ones take over' wait_until 20 has_four_workers
load_await 8
load_stop
expect_true 'reload: there was load' test "$(load_count '$1 == 200')" -gt 10
expect 'reload: no request failed' 0 "$(others)"
expect_all_stored 'reload'
sync "$(token_of reload)" "$two_diffs"
expect_error 'reload: the new limit is in force' 400 INVALID_REQUEST

# --- the pool stops
master=$(serve_pid)
load_start 4 stop
load_await 15
nginx_lines=$(wc -l <"$dir/log/nginx.log")
kill -s TERM "$master"
expect_true 'stop: the master ends' process_wait "$master" 30
load_await 1 '$1 != 200'
load_stop
expect_true 'stop: there was load' test "$(load_count '$1 == 200')" -gt 10
# nginx tells a request that found nobody to take it (connect() failed) from one that was taken, or
# stood in the queue of the socket, and got no answer.
expect 'stop: whatever was taken is answered' '' "$(tail -n "+$((nginx_lines + 1))" "$dir/log/nginx.log" |
    grep -E '\[(error|crit|alert)\]' | grep -v 'connect() to unix:.* failed' | head -n 3)"
expect 'stop: what came after is told to come back' '502 SERVER_BUSY' \
    "$(awk '$1 != 200 { print $1, $3 }' "$work/load" | sort -u)"
expect_all_stored 'stop'
expect 'stop: no worker is left' '' "$(grep -l -s "^PPid:[[:space:]]*$master\$" /proc/[0-9]*/status || true)"

# --- and comes back
"$root/scripts/up" --dir "$dir" --config "$settings" >"$work/up.log" 2>&1 || cat "$work/up.log"
expect_true 'up again: requests are served' is_served
finish
