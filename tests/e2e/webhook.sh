#!/usr/bin/env bash
# The webhook: a push service hears of pushes and of SQL writes, coalesced and signed; while it is
# away, hangs or fails, no push is slower for it, and what it missed comes afterwards.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
service=$work/service
mkdir "$service" "$work/s"
settings=$work/s/e2e.yaml
log=$work/s/log/mobync.log
key=0123456789abcdef0123456789abcdef
export no_proxy=localhost # whose name a thread of libcurl looks up

service_start() {
    /usr/bin/python3 "$root/tests/e2e/webhook.py" "$service" >"$work/service.log" 2>&1 &
    service_pid=$!
    wait_until 30 is_listening || cat "$work/service.log"
}

is_listening() {
    [[ -e $service/port ]] && (exec 3<>"/dev/tcp/127.0.0.1/$(<"$service/port")") 2>/dev/null
}

service_stop() {
    [[ -n ${service_pid:-} ]] || return 0
    kill "$service_pid" 2>/dev/null || true
    wait "$service_pid" 2>/dev/null || true
    service_pid=
}
undo+=(service_stop)

# mode_is MODE: from the next call on
mode_is() {
    printf '%s\n' "$1" >"$service/mode.new"
    mv "$service/mode.new" "$service/mode"
}

# calls_of OWNER [CLOCK]: how many
calls_of() {
    grep -c " {\"owner\":\"$1\",\"clock\":${2:-[0-9]*}}\$" "$service/calls" 2>/dev/null || true
}

was_called() {
    (($(calls_of "$@") > 0))
}

# push OWNER CLOCK
pushes=0
push() {
    pushes=$((pushes + 1))
    sync "$(token_of "$1")" "$(push_json "$2" "$(diff_json "d$pushes" "$1" "$2" create tasks "{\"id\":\"t$pushes\",\"name\":\"n\"}")")"
    [[ "$status $(of_body .success)" == '200 true' ]] || expect "a push of $1" '200 true' "$status $body"
}

# metric NAME
metric() {
    request GET /metrics
    sed -n "s/^mobync_webhook_$1 //p" <<<"$body"
}

metric_is_at_least() {
    (($(metric "$1") >= $2))
}

notifier() {
    "$MOBYNC_BIN" status --json -c "$settings" | jq -r ".notifier.${1:-pid}"
}

notifier_is_other_than() {
    local pid
    pid=$(notifier)
    ((pid > 0 && pid != $1))
}

mode_is 200
service_start
printf '%s' "$key" >"$work/s/webhook.key"
chmod 600 "$work/s/webhook.key"
e2e_config "$work/s" |
    sed "s|^poke:|poke:\n  webhook: 'http://localhost:$(<"$service/port")/changes?of=app'\n  webhook_key_file: '$work/s/webhook.key'|" >"$settings"
own_stack

# --- pushes
began=$(milliseconds)
push alice 0
expect_true 'a push is told' wait_until 10 was_called alice 1
call=$(head -n 1 "$service/calls")
read -r _ path signature text <<<"$call"
expect 'as it should be' '/changes?of=app {"owner":"alice","clock":1}' "$path $text"
expect 'signed' "sha256=$(printf '%s' "$text" | openssl dgst -sha256 -hmac "$key" -r | cut -d ' ' -f 1)" "$signature"
for clock in 1 2 3 4 5; do
    push alice "$clock"
done
push bob 0
expect_true 'others at once' wait_until 10 was_called bob 1
expect_true 'several pushes are told' wait_until 10 was_called alice 6
# A second passes from one call to the next.
seconds=$((($(milliseconds) - began) / 1000))
expect_true "in $(calls_of alice) calls within $seconds s" test "$(calls_of alice)" -le $((seconds + 1))
before=$(wc -l <"$service/calls")
sync "$(token_of alice)" '{"logical_clock":0,"diffs":[]}'
push carol 0
expect_true 'a third one' wait_until 10 was_called carol 1
expect 'pulls are not told' "$((before + 1))" "$(wc -l <"$service/calls")"
expect_true 'calls are counted' wait_until 10 metric_is_at_least calls_total 4
expect 'nothing is lost' '0 0' "$(metric lost_total) $(metric failures_total)"

# --- SQL writes, without any sync
sql "UPDATE tasks SET name = 'by SQL' WHERE owner_id = 'alice'"
expect_true 'SQL writes are told' wait_until 10 was_called alice 7

# --- away: pushes go on
service_stop
push dora 0
push dora 1
push erin 0
expect_true 'failures are counted' wait_until 20 metric_is_at_least failures_total 1
expect_true 'and logged' wait_until 20 grep -q 'cannot call the webhook' "$log"
expect_true 'they wait' test "$(notifier waiting)" -ge 2
service_start
expect_true 'back again: what was missed is told' wait_until 60 was_called dora 2
expect_true 'of all' wait_until 60 was_called erin 1

# --- fails, hangs, refuses
mode_is 503
push fay 0
expect_true 'a 503 is tried' wait_until 20 was_called fay 1
mode_is 200
again() {
    (($(calls_of fay 1) > 1))
}
expect_true 'and tried again' wait_until 60 again
mode_is hang
push gil 0
expect_true 'it hangs' wait_until 20 was_called gil 1
for clock in 0 1 2; do
    push hal "$clock"
done
expect_true 'pushes do not' test "$(calls_of gil)" -eq 1

# --- the process: replaced with a new config, and if it dies; it keeps what is to be told
master=$(serve_pid)
pid=$(notifier)
expect 'it has a name' notifier "$(cat "/proc/$pid/comm")"
if [[ $(sed -n 's/^Seccomp:[[:space:]]*//p' "/proc/$(worker_pids | head -n 1)/status") == 2 ]]; then
    expect 'it is confined' 2 "$(sed -n 's/^Seccomp:[[:space:]]*//p' "/proc/$pid/status")"
fi
kill -s HUP "$master"
expect_true 'a reload brings a new one' wait_until 20 notifier_is_other_than "$pid"
push ivy 0
mode_is 200
expect_true 'which tells what the old one had' wait_until 60 was_called hal 3
expect_true 'and what is new' wait_until 60 was_called ivy 1
pid=$(notifier)
kill -s KILL "$pid"
push jon 0
expect_true 'killed, another one takes its place' wait_until 20 notifier_is_other_than "$pid"
expect_true 'and goes on' wait_until 20 was_called jon 1
expect_true 'restarts are counted' test "$(notifier restarts)" -ge 1
expect_true 'status says who calls' test "$("$MOBYNC_BIN" status -c "$settings" | grep -c '^webhook called by pid [0-9]*, [0-9]* owners wait, [0-9]* changes lost$')" = 1

# --- what it refuses is not told again
mode_is 410
push kim 0
expect_true 'refused' wait_until 20 was_called kim 1
expect_true 'which is lost' wait_until 20 metric_is_at_least lost_total 1
mode_is 200
push kim 1
expect_true 'the next change is told' wait_until 20 was_called kim 2
expect 'the refused one was told once' 1 "$(calls_of kim 1)"

# --- off
pid=$(notifier)
sed -i '/webhook/d' "$settings"
kill -s HUP "$master"
is_gone() {
    [[ $(notifier) == 0 ]]
}
expect_true 'without the key there is none' wait_until 20 is_gone
push lea 0
expect 'and nothing is told' 0 "$(calls_of lea)"

# --- faulty URLs
# check_says URL PATTERN STATUS
check_says() {
    local code=0
    sed "s|^poke:|poke:\n  webhook: '$1'|" "$settings" >"$work/faulty.yaml"
    "$MOBYNC_BIN" check -c "$work/faulty.yaml" >"$work/check.out" 2>&1 || code=$?
    expect "check of $1: status" "$3" "$code"
    expect_true "check of $1: says why" grep -q "$2" "$work/check.out"
}
check_says 'ftp://push.example/' 'poke.webhook is .*: give the whole URL' 1
check_says 'https://' 'poke.webhook is .*: give the whole URL' 1
check_says 'https://push.example/a b' 'characters that a URL cannot' 1
check_says 'http://push.example/' 'poke.webhook is not https' 0
finish
