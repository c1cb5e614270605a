#!/usr/bin/env bash
# Fifty HUPs or more, two of five with a faulty config, under load: nobody notices.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_faults_stack storm

# HUPs that come while one is at work are one: a slow machine needs more of them.
is_stormy() {
    (($(log_count 'workers on') > 5 && $(log_count 'keeping the old one') > 0))
}

phones_begin 200
first=$(worker_pids)
master=$(serve_pid)
for ((i = 1; i <= 500; i++)); do
    ((i <= 50)) || ! is_stormy || break
    kill -s HUP "$master"
    sleep "0.0$((RANDOM % 9 + 1))" # the pace of the storm
    ((i % 5 != 1)) || printf 'colour: red\n' >>"$dir/faults.yaml"
    ((i % 5 != 3)) || faults_config "$dir" >"$dir/faults.yaml"
done
faults_config "$dir" >"$dir/faults.yaml"
reload ''
phones_await 50
phones_end 'fifty reloads'
expect_true 'the workers are others' workers_are_others_than "$first"
expect 'the master is the same' "$master" "$(serve_pid)"
expect_true "there were reloads ($(log_count 'workers on'))" test "$(log_count 'workers on')" -gt 5
expect_true "and refused ones ($(log_count 'keeping the old one'))" test "$(log_count 'keeping the old one')" -gt 0
expect 'no request may be lost' 0 "$(log_count 'may be lost')"
expect_true 'four workers are left' wait_until 10 eval '(($(worker_pids | wc -l) == 4))'
finish
