#!/usr/bin/env bash
# Every limit: what is just within it goes, what is just beyond it is refused in the form of
# docs/protocol.md, and the limits of nginx keep one client from everybody else's workers.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$root/tests/e2e/site.sh"
mkdir "$work/s"
e2e_config "$work/s" | sed 's/body: 8MiB/body: 1MiB/' >"$work/s/e2e.yaml"
own_stack
owner=limits
token=$(token_of "$owner")
json='Content-Type: application/json'

repeat() {
    head -c "$1" /dev/zero | tr '\0' "$2"
}

# is WHAT STATUS CODE: of the last request; a 200 has no code
is() {
    if [[ $2 == 200 ]]; then
        expect "$1" '200 true' "$status $(of_body .success)"
    else
        expect_error "$1" "$2" "$3"
    fi
}

# post FILE
post() {
    request POST /sync -H "Authorization: Bearer $token" -H "$json" --data-binary "@$1"
}

# --- the body: limits.body of the config, and nginx's own of 8 MiB
body_of() {
    local head='{"logical_clock":0,"diffs":[],"x":"' tail='"}'
    { printf '%s' "$head"; repeat $(($1 - ${#head} - ${#tail})) x; printf '%s' "$tail"; } >"$work/body_of"
}
body_of 1048576; post "$work/body_of"; is 'a body of 1 MiB' 200
body_of 1048577; post "$work/body_of"; is 'one byte more' 413 TOO_LARGE
body_of 8388609; post "$work/body_of"; is 'more than nginx takes' 413 TOO_LARGE
expect_true 'which says what to do' grep -q 'fewer diffs' <<<"$(of_body .message)"
request GET "/$(repeat 9000 p)"
is 'a path of 9000 bytes' 414 INVALID_REQUEST
expect_true 'which says what is wrong' grep -q 'path' <<<"$(of_body .message)"

# --- diffs, depth
diffs() {
    jq -cn --arg owner "$owner" --argjson n "$1" '{logical_clock: 0, diffs: [range($n) | {id: "n\($n)-\(.)",
        owner: $owner, logical_clock: 0, utc_timestamp: 1, type: "create", model: "model1",
        json_data: ({id: "n\($n)-\(.)", field1: "v"} | tojson)}]}' >"$work/diffs"
}
diffs 100; post "$work/diffs"; is '100 diffs' 200
diffs 101; post "$work/diffs"; is '101 diffs' 400 INVALID_REQUEST
deep() {
    printf '{"logical_clock":0,"diffs":[],"x":%s%s}' "$(repeat $(($1 - 1)) '[')" "$(repeat $(($1 - 1)) ']')" >"$work/deep"
}
deep 100; post "$work/deep"; is '100 levels' 200
deep 101; post "$work/deep"; is '101 levels' 400 INVALID_REQUEST

# --- texts
push() {
    sync "$token" "$(push_json 0 "$(diff_json "$1" "$owner" 0 create "${3:-tasks}" "$2")")"
}
push "$(repeat 128 d)" '{"id":"t1","name":"n"}'; is 'a diff id of 128 bytes' 200
push "$(repeat 129 d)" '{"id":"t2","name":"n"}'; is '129 bytes' 400 INVALID_DATA
push d3 "{\"id\":\"$(repeat 128 t)\",\"name\":\"n\"}"; is 'an id of 128 bytes' 200
push d4 "{\"id\":\"$(repeat 129 t)\",\"name\":\"n\"}"; is '129 bytes' 400 INVALID_DATA
push d5 "{\"id\":\"t5\",\"name\":\"$(printf 'é%.0s' {1..255})\"}"; is 'a text of 255 characters' 200
push d6 "{\"id\":\"t6\",\"name\":\"$(printf 'é%.0s' {1..256})\"}"; is '256 characters' 400 INVALID_DATA
push d7 '{"id":"t7"}' "$(repeat 100000 m)"; is 'a model of 100 kB' 400 INVALID_DATA
expect_true 'a response does not repeat what is long' test "${#body}" -lt 1000
sync "$(token_of "$(repeat 128 o)")" '{"logical_clock":0,"diffs":[]}'; is 'an owner of 128 bytes' 200
sync "$(token_of "$(repeat 129 o)")" '{"logical_clock":0,"diffs":[]}'; is '129 bytes' 401 INVALID_SYNC_TOKEN

# --- tokens: one is padded by a claim that means nothing
padded() {
    jwt_make "$dir/jwt.key" "{\"sub\":\"$owner\",\"exp\":$(($(date +%s) + 600)),\"x\":\"$(repeat "$1" x)\"}"
}
in_body() {
    printf '{"auth_token":"%s","logical_clock":0,"diffs":[]}' "$1" >"$work/in_body"
    request POST /sync -H "$json" --data-binary "@$work/in_body"
}
in_body "$(padded 5900)"; is 'a token of nearly 8 KiB' 200
in_body "$(padded 6100)"; is 'one of more' 401 INVALID_SYNC_TOKEN
in_body "$(repeat 500000 x)"; is 'one of 500 kB' 401 INVALID_SYNC_TOKEN
request POST /sync -H "$json" -H "Authorization: Bearer $(repeat 20000 x)" --data-binary '{}'
expect 'a header of 20 kB' '400 INVALID_REQUEST' "$status $(of_body .error.code)"

# --- nginx: one token cannot have the whole pool (here half of its 4 workers)
status_lines() {
    cat "$work"/greedy.* | sort | uniq -c | awk '{ print $2 ":" $1 }' | tr '\n' ' '
}
others_are_answered() {
    local i
    for i in 1 2 3 4 5; do
        sync "$patient" '{"logical_clock":0,"diffs":[]}'
        [[ $status == 200 ]] || return 1
    done
}
# While those that wait for the row still do, so that nobody had to wait for one of them.
others_do_not_wait() {
    others_are_answered && (($(cat "$work"/greedy.* | wc -l) == told))
}
# Nobody is answered as long as every worker waits for the row.
others_wait() {
    local others=0
    rm -f "$work/others"
    (others_are_answered && : >"$work/others") &
    others=$!
    sleep 1
    [[ ! -e $work/others ]] || others=
    sated
    [[ -n $others ]] && wait "$others" && [[ -e $work/others ]]
}
greedy_push() {
    push_json 0 "$(diff_json "$1-$2" "$owner" 0 create model1 '{"id":"'"$1-$2"'"}')"
}
has_told_off() {
    (($(cat "$work"/greedy.* | grep -c '^429$') >= $1))
}
# be_greedy RUN WAITING TOLD TOKEN…: eight requests for a row that somebody holds until sated, so
# many of which wait for it in a worker then, and so many are told to come back.
be_greedy() {
    local i run=$1 waiting=$2
    told=$3
    shift 3
    local tokens=("$@")
    sync "$token" "$(push_json 0 "$(diff_json "first-$run" "$owner" 0 create model1 '{"id":"first"}')")"
    lock_owner "$owner"
    greedy=()
    for i in 1 2 3 4 5 6 7 8; do
        : >"$work/greedy.$i" # what the run before it left is not read for this one's
        curl -sS --noproxy '*' -m 30 -o "$work/greedy_body.$i" -D "$work/greedy_head.$i" -w '%{http_code}\n' \
            -H "$json" -H "Authorization: Bearer ${tokens[i % ${#tokens[@]}]}" "$url/sync" --data-binary \
            "$(greedy_push "$run" "$i")" >"$work/greedy.$i" &
        greedy+=("$!")
    done
    expect_true "$run: $waiting wait" wait_until 20 has_lock_waiters "$waiting"
    expect_true "$run: $told are told to come back" wait_until 20 has_told_off "$told"
}
sated() {
    lock_end
    wait "${greedy[@]}"
}
token=$(token_of "$owner" 900)
patient=$(token_of patient)
site_start "$dir/mobync.sock" '' 's/limit_conn mobync_token_connections 4/limit_conn mobync_token_connections 2/'
be_greedy capped 2 6 "$token"
expect_true 'cap of a token: others are answered at once' others_do_not_wait
sated
expect 'cap of a token: two are served, the rest is told to come back' '200:2 429:6 ' "$(status_lines)"
limited=$(grep -l 429 "$work"/greedy.* | head -n 1)
expect 'cap of a token: in the form of an error' 'false RATE_LIMITED' \
    "$(jq -r '"\(.success) \(.error.code)"' "$work/greedy_body.${limited##*.}")"
site_stop
# The same without the cap, so that the above means something.
site_start "$dir/mobync.sock" '' '/limit_conn mobync_token_connections/d'
be_greedy free 4 0 "$token"
expect_true 'without the cap: others wait' others_wait
site_stop

# --- the pool: one owner cannot have it with many tokens either (here half of its 4 workers)
tokens=()
for ttl in 901 902 903 904; do
    tokens+=("$(token_of "$owner" "$ttl")")
done
# stored RUN: how many of its diffs are in the table
stored() {
    sql "SELECT COUNT(*) FROM diffs WHERE owner = '$owner' AND id LIKE '$1-%'"
}
generation_is() {
    "$MOBYNC_BIN" status --json -c "$dir/e2e.yaml" | jq -e ".config_generation == $1" >/dev/null
}
in_hand() {
    "$MOBYNC_BIN" status --json -c "$dir/e2e.yaml" | jq -r '.workers[] | select(.state == "handling") | .pid'
}
site_start "$dir/mobync.sock"
be_greedy uncapped 4 0 "${tokens[@]}"
expect_true 'many tokens of one owner: others wait' others_wait
expect 'many tokens of one owner: all are served' '200:8 ' "$(status_lines)"
uncapped=$(worker_pids)
sed -i 's/limits: {/limits: { owner_requests: 2,/' "$dir/e2e.yaml"
kill -s HUP "$(serve_pid)"
expect_true 'a reload with a cap for each owner' wait_until 10 generation_is 2
expect_true 'the workers of before have gone' wait_until 20 has_none_of "$uncapped"
be_greedy many 2 6 "${tokens[@]}"
expect_true 'cap of an owner: others are answered at once' others_do_not_wait
sated
expect 'cap of an owner: two are served, the rest is told to come back' '200:2 429:6 ' "$(status_lines)"
limited=$(grep -l 429 "$work"/greedy.* | head -n 1)
status=429 body=$(<"$work/greedy_body.${limited##*.}") head=$(tr -d '\r' <"$work/greedy_head.${limited##*.}")
expect_error 'cap of an owner: in the form of an error' 429 RATE_LIMITED
expect 'cap of an owner: Retry-After' 1 "$(header retry-after)"
expect 'cap of an owner: what was refused changed nothing' 2 "$(stored many)"

# However a request ends, it is over: two workers that still counted for this owner would shut it
# out.
for i in 1 2 3 4 5 6 7 8; do
    sync "$token" '{"logical_clock":0,"diffs":[1]}'
    sync "$token" '{"logical_clock":99999,"diffs":[]}'
done
expect_error 'cap of an owner: faulty requests' 409 INVALID_CLOCK
be_greedy killed 2 6 "${tokens[@]}"
mapfile -t pids < <(in_hand)
expect 'cap of an owner: two workers have a request of it in hand' 2 "${#pids[@]}"
kill -s KILL "${pids[@]}"
owner_is_answered() {
    sync "$token" '{"logical_clock":0,"diffs":[]}'
    [[ $status == 200 ]]
}
expect_true 'cap of an owner: killed workers do not count' wait_until 20 owner_is_answered
sated
expect 'cap of an owner: their requests are lost' '429:6 502:2 ' "$(status_lines)"
for i in 1 2 3 4 5 6 7 8; do
    sync "$token" "$(greedy_push killed "$i")"
    [[ $status == 200 ]] || expect 'cap of an owner: what was refused or lost comes again' 200 "$status"
done
expect 'cap of an owner: … and is there once' 8 "$(stored killed)"
site_stop

# --- nginx: the rate of one token, in the header; nobody else's. There are so many requests that
# more come than are let through, burst and all, also if they take ten seconds.
site_start "$dir/mobync.sock" '' 's/zone=mobync_rate burst=60/zone=mobync_rate burst=1000/'
burst() {
    curl -sS --noproxy '*' -Z --parallel-max 4 -i -o "$work/burst.#1" -w '%{http_code}\n' -d '{}' \
        -H "Authorization: Bearer $1" "$url/sync?[1-400]" 2>/dev/null | sort | uniq -c | awk '{ print $2 }' | tr '\n' ' '
}
expect 'rate of a token: some are turned away' '415 429 ' "$(burst "$token")"
sync "$patient" '{"logical_clock":0,"diffs":[]}'
expect 'rate of a token: others are not' 200 "$status"
head=$(tr -d '\r' <"$(grep -l '^HTTP/[0-9.]* 429' "$work"/burst.* | head -n 1)" | sed '/^$/,$d')
expect_true 'rate of a token: Retry-After' grep -qE '^[1-9][0-9]*$' <<<"$(header retry-after)"
site_stop

# --- nginx: the rate of an address, whatever its tokens; not for the health check
site_start "$dir/mobync.sock"
many_tokens() {
    local i
    for ((i = 1; i <= 600; i++)); do
        printf 'url = "%s/sync"\nheader = "Authorization: Bearer token%d"\ndata = "{}"\noutput = "/dev/null"\nwrite-out = "%%{http_code}\\\\n"\n' "$url" "$i"
        ((i == 600)) || printf 'next\n'
    done >"$work/many"
    curl -sS --noproxy '*' -K "$work/many" | sort | uniq -c | awk '{ print $2 }' | tr '\n' ' '
}
expect 'rate of an address: with many tokens' '415 429 ' "$(many_tokens)"
request GET /healthz
expect 'rate of an address: not of the health check' 200 "$status"
expect 'no key was too long to be counted' '' "$(grep 'more than 255' "$site/error.log" || true)"
site_stop
finish
