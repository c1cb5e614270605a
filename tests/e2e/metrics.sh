#!/usr/bin/env bash
# GET /metrics and `mobync status` on a real stack: the numbers are those of the requests, also
# after workers were killed and replaced; the format is that of Prometheus; docs, rules and
# dashboard know the names.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

metrics() {
    request GET /metrics
    cp "$work/body" "$work/metrics"
}

# value SERIES
value() {
    /usr/bin/python3 "$root/tests/e2e/metrics.py" value "$work/metrics" "$1"
}

syncs_are() {
    metrics
    [[ $(value 'mobync_requests_total{route="/sync",status="200"}') == "$1" ]]
}

# A sync is counted a moment after the response was sent.
expect_syncs() {
    expect_true "$1" wait_until 10 syncs_are "$2"
}

# Each worker has counted what it has answered: it counts before it is idle again.
are_idle() {
    "$MOBYNC_BIN" status --json -c "$settings" | jq -e 'all(.workers[]; .state == "idle")' >/dev/null
}

# series WHAT SERIES WANTED
series() {
    expect "$1" "$3" "$(value "$2")"
}

# answered OWNER DIFF…: a push at clock 0 that must succeed
push() {
    local owner=$1
    shift
    sync "$(token_of "$owner")" "$(push_json 0 "$@")"
    [[ $status == 200 ]] || expect "a push of $owner" 200 "$status: $body"
}

pull() {
    sync "$(token_of "$1")" '{"logical_clock":0,"diffs":[]}'
}

workers_are_whole() {
    metrics
    [[ $(value 'mobync_workers_wanted') == 4 ]] && (($(worker_pids | wc -l) == 4))
}

# workers_are_new BEFORE: whole, and none of those
workers_are_new() {
    has_none_of "$1" && workers_are_whole
}

deaths_are() {
    metrics
    [[ $(value 'mobync_worker_restarts_total{cause="crashed"}') == "$1" ]]
}

has_a_rate() {
    "$MOBYNC_BIN" status --json -c "$settings" >"$work/status.json"
    jq -e '.totals.pushes.per_second > 1' "$work/status.json" >/dev/null
}

# Each worker asks once a second at most.
outbox_is_unknown() {
    metrics
    [[ "$(value mobync_outbox_entries) $(value mobync_history_diffs)" == 'NaN NaN' ]]
}

has_failed_to_connect() {
    metrics
    (($(value mobync_database_connect_failures_total) > 0))
}

is_kept() {
    "$MOBYNC_BIN" status --json -c "$settings" | jq -e '.last_reload_successful == false' >/dev/null
}

generation_is() {
    "$MOBYNC_BIN" status --json -c "$settings" | jq -e ".config_generation == $1" >/dev/null
}

mkdir "$work/s"
settings=$work/s/e2e.yaml
e2e_config "$work/s" | sed 's/fail_sync/quarantine/' >"$settings"
printf 'newest_version: 1\n' >>"$settings" # so that there are figures of versions
own_stack

# What `up` has asked already.
expect_true 'what up has asked is counted' wait_until 20 are_idle
metrics
begun=$(value 'mobync_requests_total{route="/sync",status="200"}')

# --- requests of every kind
late=$(diff_json late1 anna 0 update tasks '{"id":"t1","name":"from the other","done":true}' |
    jq -c '.utc_timestamp = 1604114123779')
early=$(diff_json early1 anna 0 update tasks '{"id":"t1","name":"too late"}' |
    jq -c '.utc_timestamp = 1604114123000')
push anna "$(diff_json c1 anna 0 create tasks '{"id":"t1","name":"n"}')"
push anna "$(diff_json c1 anna 0 create tasks '{"id":"t1","name":"n"}')"
push anna "$late"
push anna "$early" "$(diff_json x1 anna 0 delete tasks '{"id":"t9"}')"
push anna "$(diff_json bad anna 0 create tasks '{"id":"t2","name":null}')" \
    "$(diff_json c2 anna 0 create tasks '{"id":"t3","name":"n"}')"
for i in 1 2 3 4 5; do
    pull anna
done
sync no.good.token '{"logical_clock":0,"diffs":[]}'
request GET /sync
request POST /sync -H 'Content-Type: application/json' -d '{'
request GET /healthz

expect_syncs 'ten syncs are counted' "$((begun + 10))"
expect_true 'so is the rest' wait_until 20 are_idle
metrics
expect '/metrics: content type' 'text/plain; version=0.0.4; charset=utf-8' "$(header content-type)"
series 'a bad token' 'mobync_requests_total{route="/sync",status="401"}' 1
series 'its code' 'mobync_errors_total{code="INVALID_SYNC_TOKEN"}' 1
series 'another method' 'mobync_requests_total{route="/sync",status="405"}' 1
series 'no JSON' 'mobync_errors_total{code="INVALID_REQUEST"}' 1
series 'pulls' 'mobync_syncs_total{kind="pull"}' "$((begun + 5))"
series 'pushes' 'mobync_syncs_total{kind="push"}' 4
series 'resends' 'mobync_syncs_total{kind="resend"}' 1
series 'creates received' 'mobync_diffs_received_total{type="create"}' 4
series 'updates received' 'mobync_diffs_received_total{type="update"}' 2
series 'deletes received' 'mobync_diffs_received_total{type="delete"}' 1
series 'known ids' 'mobync_known_diffs_total' 1
series 'rejected diffs' 'mobync_rejected_diffs_total{code="INVALID_DATA"}' 1
series 'whole requests' 'mobync_request_duration_seconds_count{route="/sync"}' "$((begun + 13))"
series 'transactions' 'mobync_transaction_duration_seconds_count' "$((begun + 10))"
series 'the pool' 'mobync_workers_wanted' 4
series 'its config' 'mobync_config_generation' 1
expect_true 'it connected to the database' test "$(value mobync_database_connects_total)" -ge 1
series 'a later change wins' 'mobync_contested_fields_total{winner="client"}' 1
series 'an earlier one does not' 'mobync_contested_fields_total{winner="server"}' 1
series 'nothing was retried' 'mobync_transaction_retries_total{cause="lock_wait"}' 0
expect_true 'all sent' test "$(value mobync_diffs_sent_total'{type="create"}')" -ge 10
expect_true 'bytes' test "$(value mobync_response_bytes_total)" -gt 1000
expect 'health is answered by the same pool' 1 "$(($(value 'mobync_requests_total{route="/healthz",status="200"}') > 0))"

# --- the form, and who else knows the names
expect 'the form of the text' '' "$(/usr/bin/python3 "$root/tests/e2e/metrics.py" form "$work/metrics")"
expect 'docs, rules and dashboard' '' "$(/usr/bin/python3 "$root/tests/e2e/metrics.py" pages "$work/metrics" \
    "$root/docs/metrics.md" "$root/conf/prometheus-rules.yaml" "$root/conf/grafana-dashboard.json")"
if command -v promtool >/dev/null; then
    expect 'promtool: metrics' '' "$(promtool check metrics <"$work/metrics" 2>&1)"
    expect_true 'promtool: rules' promtool check rules "$root/conf/prometheus-rules.yaml"
fi

# --- other SQL
outbox_is() {
    metrics
    [[ $(value mobync_outbox_entries) == "$1" ]]
}

drained_before=$(value mobync_drained_diffs_total)
expect_true 'the outbox is empty' wait_until 20 outbox_is 0
series 'then nothing is old' mobync_outbox_oldest_age_seconds 0
sql "UPDATE tasks SET name = 'by other SQL' WHERE owner_id = 'anna' AND id = 't1'"
expect_true 'the outbox has an entry' wait_until 20 outbox_is 1
expect 'status: the outbox' '1 false' "$("$MOBYNC_BIN" status --json -c "$settings" |
    jq -r '"\(.outbox.entries) \(.outbox.estimated)"')"
sql 'ANALYZE TABLE diffs' >/dev/null
expect 'status: the history' "$(sql 'SELECT COUNT(*) FROM diffs') true" "$("$MOBYNC_BIN" status --json -c "$settings" |
    jq -r '"\(.history.diffs) \(.history.bytes > 0)"')"
first_before=$(value mobync_first_syncs_total)
pull anna
expect_syncs 'a pull takes it' "$((begun + 11))"
expect_true 'the outbox is empty again' wait_until 20 outbox_is 0
series 'what it came to' mobync_drained_diffs_total "$((drained_before + 1))"
series 'a first sync' mobync_first_syncs_total "$((first_before + 1))"
begun=$((begun + 1))

# --- workers die, and nothing that was counted goes with them
for round in 1 2 3; do
    wait_until 20 workers_are_whole || true
    before=$(worker_pids)
    for pid in $before; do
        kill -s KILL "$pid"
    done
    wait_until 20 workers_are_new "$before" || true
    pull anna
    expect_syncs "killed workers, round $round: the sum goes on" "$((begun + 10 + round))"
done
wait_until 10 deaths_are 12 || true
series 'deaths are counted' 'mobync_worker_restarts_total{cause="crashed"}' 12
series 'the other kinds are as they were' 'mobync_syncs_total{kind="push"}' 4

# --- trouble with the database
lock_owner anna
lock_end_after_retry
push anna "$(diff_json c8 anna 0 create tasks '{"id":"t8","name":"n"}')"
lock_end
expect_syncs 'a lock that is held: the push succeeds' "$((begun + 14))"
series 'a lock that is held: once more' 'mobync_transaction_retries_total{cause="lock_wait"}' 1
mysql_stop
pull anna
expect_error 'no database' 503 SERVER_BUSY
wait_until 10 has_failed_to_connect || true
expect_true 'no database: counted' has_failed_to_connect
expect_true 'no database: the outbox is unknown' wait_until 10 outbox_is_unknown
expect 'no database: status goes on' null "$("$MOBYNC_BIN" status --json -c "$settings" | jq -c .outbox)"
mysql_start >/dev/null

# --- an error of ours
sql 'RENAME TABLE tasks TO hidden'
sync "$(token_of anna)" "$(push_json 0 "$(diff_json c9 anna 0 create tasks '{"id":"t10","name":"n"}')")"
expect_error 'a table is away' 500 INTERNAL
failed_id=$(header x-request-id)
sql 'RENAME TABLE hidden TO tasks'
wait_until 10 workers_are_whole || true
expect_true 'the error is counted' wait_until 20 are_idle

# --- mobync status
expect 'status: its socket is for its user alone' 600 "$(stat -c %a "$dir/control.sock")"
"$MOBYNC_BIN" status -c "$settings" >"$work/status" 2>"$work/status.err"
expect 'status: nothing to complain of' '' "$(<"$work/status.err")"
expect 'status: four workers' 4 "$(grep -cE ' current +(idle|reading|handling|replying) ' "$work/status")"
expect_true 'status: the last error' grep -qE "INTERNAL +$failed_id" "$work/status"
"$MOBYNC_BIN" status --json -c "$settings" >"$work/status.json"
expect 'status: JSON' "$(serve_pid) 1 true 4 4 5 INTERNAL $failed_id" "$(jq -r '"\(.pid) \(.config_generation)
 \(.last_reload_successful) \(.workers_wanted) \(.workers | length) \(.totals.pushes.total)
 \(.last_errors[0].code) \(.last_errors[0].request_id)"' "$work/status.json" | tr -d '\n')"
expect 'status: pids' "$(worker_pids)" "$(jq -r '.workers[].pid' "$work/status.json" | sort -n)"
load_start 2 status
load_await 2
expect_true 'status: a rate' wait_until 5 has_a_rate
load_stop

# --- reloads
printf 'colour: red\n' >>"$settings"
sed '$d' "$settings" >"$work/good.yaml"
kill -s HUP "$(serve_pid)"
settings=$work/good.yaml
expect_true 'a faulty reload is told' wait_until 10 is_kept
metrics
series 'a faulty reload: metrics' 'mobync_config_last_reload_successful' 0
series 'a faulty reload: counted' 'mobync_config_reload_failures_total' 1
cp "$work/good.yaml" "$dir/e2e.yaml"
kill -s HUP "$(serve_pid)"
expect_true 'a good one, too' wait_until 10 generation_is 2

# --- nobody there
process_stop mobync "$dir/mobync.pid" "$dir" TERM 30
expect 'stopped: its socket is gone' 'no' "$([[ -e $dir/control.sock ]] && echo yes || echo no)"
expect 'stopped: status fails' 1 "$("$MOBYNC_BIN" status -c "$settings" >"$work/out" 2>&1; echo $?)"
expect_true 'stopped: and says why' grep -q "control.sock" "$work/out"
finish
