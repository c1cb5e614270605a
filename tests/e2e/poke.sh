#!/usr/bin/env bash
# Live pokes through nginx's nchan: who listens with a ticket hears of a change at once; who has
# none hears nothing; and a push does not need any of it.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
nchan_is_usable || {
    printf 'SKIPPED: nginx has no nchan (package libnginx-mod-nchan)\n'
    exit 77
}
use_shared_stack
alice=$(token_of poke-alice)
bob=$(token_of poke-bob)

# ticket TOKEN
ticket() {
    request POST /poke_ticket -H "Authorization: Bearer $1"
    of_body .ticket
}

# listen NAME CURL_ARGUMENT…: events of /poke into $work/NAME, until the end of the test
listen() {
    local name=$1 listener
    shift
    curl -sSN --noproxy '*' -m 60 -H 'Accept: text/event-stream' "$@" >"$work/$name" 2>&1 &
    listener=$!
    undo+=("kill $listener 2>/dev/null || true")
    wait_until 20 grep -q ': hi' "$work/$name" || expect "$name listens" ': hi' "$(cat "$work/$name")"
}

heard() {
    grep -qx "data: $2" "$work/$1"
}

# push TOKEN OWNER ID CLOCK
push() {
    sync "$1" "$(push_json "$4" "$(diff_json "$3" "$2" "$4" create tasks "{\"id\":\"$3\",\"name\":\"n\"}")")"
    expect "the push $3" '200 true' "$status $(of_body .success)"
}

# No poke is sent for it: metrics of the pool, all workers
pokes() {
    request GET /metrics
    sed -n 's/^mobync_pokes_total //p' <<<"$body"
}

expect_true 'tickets differ by owner' test "$(ticket "$alice")" != "$(ticket "$bob")"
request POST /poke_ticket -H "Authorization: Bearer $alice"
expect 'a ticket says how long it is good' '200 300' "$status $(of_body .expires_in)"
listen alice "$url/poke?ticket=$(ticket "$alice")"
listen again -H "Authorization: Bearer $alice" "$url/poke"
listen bob "$url/poke?other=1&ticket=$(ticket "$bob")"

push "$alice" poke-alice poke-1 0
expect_true 'the other device hears its clock' wait_until 10 heard alice 1
expect_true 'also who listens with the token itself' wait_until 10 heard again 1
push "$bob" poke-bob poke-2 0
expect_true 'bob hears of bob' wait_until 10 heard bob 1
push "$alice" poke-alice poke-3 1
expect_true 'and alice goes on' wait_until 10 heard alice 2
expect 'nobody hears of others' '1 2' "$(grep -c '^data: ' "$work/bob") $(grep -c '^data: ' "$work/alice")"

before=$(pokes)
sync "$alice" '{"logical_clock":2,"diffs":[]}'
sync "$alice" "$(push_json 1 "$(diff_json poke-3 poke-alice 1 create tasks '{"id":"poke-3","name":"n"}')")"
expect 'the same push again' '200 2' "$status $(of_body .logical_clock)"
expect 'no poke where the clock stays' "$before" "$(pokes)"

good=$(ticket "$alice")
for bad in '' "${good%?}" "${good%?}x" "$(ticket "$alice" | tr 0-9 1-90)" "$alice"; do
    request GET "/poke?ticket=$bad" -H 'Accept: text/event-stream'
    expect_error "a ticket that is not one: ${bad:0:8}…" 401 INVALID_SYNC_TOKEN
done
request POST /poke_ticket -H 'Authorization: Bearer no.good.token'
expect_error 'no ticket without a token' 401 INVALID_SYNC_TOKEN
request GET "/poke_auth?ticket=$good"
expect 'nobody asks for channels' 404 "$status"
request GET /poke_ticket -H "Authorization: Bearer $alice"
expect_error 'a ticket is made by POST' 405 METHOD_NOT_ALLOWED

# Where nobody takes pokes, a push goes on as ever. New workers have no connection yet.
mv "$dir/poke.sock" "$dir/poke.away"
workers=$(worker_pids)
kill -s HUP "$(serve_pid)"
expect_true 'new workers' wait_until 20 workers_are_others_than "$workers"
push "$alice" poke-alice poke-4 2
mv "$dir/poke.away" "$dir/poke.sock"
push "$alice" poke-alice poke-5 3
expect_true 'and once they are taken again, they come' wait_until 10 heard alice 4
expect 'the lost one is lost' 0 "$(grep -c '^data: 3' "$work/alice" || true)"
finish
