#!/usr/bin/env bash
# 40 pushes at once from 10 owners with 2 devices each: one at a time per owner, none lost or taken
# twice.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_shared_stack

# push OWNER DEVICE N TOKEN: one line: owner, status, answered clock
push() {
    local id=$1-$2-$3 answer=$work/answer.$1.$2.$3 status
    status=$(curl -sS --noproxy '*' -m 60 -o "$answer" -w '%{http_code}' \
        -H "Authorization: Bearer $4" -H 'Content-Type: application/json' --data-binary \
        "$(push_json 0 "$(diff_json "$id" "$1" 0 create tasks "{\"id\":\"$id\",\"name\":\"n\"}")")" \
        "$url/sync") || true
    printf '%s %s %s\n' "$1" "$status" "$(jq -r .logical_clock "$answer")" >"$work/line.$id"
}

for owner in c{0..9}; do
    token=$(token_of "$owner")
    for device in 1 2; do
        for n in 1 2; do
            push "$owner" "$device" "$n" "$token" &
        done
    done
done
wait
cat "$work"/line.* >"$work/lines"

expect 'all are answered with 200' '40 200' "$(cut -d' ' -f2 "$work/lines" | sort | uniq -c | sed 's/^ *//')"
expect 'clocks of the responses, by owner' "$(printf 'c%s 1 2 3 4\n' {0..9})" \
    "$(for owner in c{0..9}; do
        printf '%s %s\n' "$owner" "$(sed -n "s/^$owner 200 //p" "$work/lines" | sort -n | tr '\n' ' ' | sed 's/ $//')"
    done)"
expect 'clocks of the diff table: no gap, no double' "$(printf 'c%s\t0,1,2,3\n' {0..9})" \
    "$(sql "SELECT owner, GROUP_CONCAT(logical_clock ORDER BY logical_clock) FROM diffs
            WHERE owner REGEXP '^c[0-9]$' GROUP BY owner ORDER BY owner")"
expect 'rows' 40 "$(sql "SELECT COUNT(*) FROM tasks WHERE owner_id REGEXP '^c[0-9]$'")"

sync "$(token_of c3)" '{"logical_clock":0,"diffs":[]}'
expect 'a fresh device gets all of an owner' '4 4' "$(of_body '"\(.logical_clock) \(.diffs | length)"')"
finish
