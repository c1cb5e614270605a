#!/usr/bin/env bash
# Old diffs on a real stack: the housekeeping process folds them, devices from before and after the
# horizon end with the same rows, and from beyond the memory of deletes one starts from scratch;
# what operators are told of it. Time passes by setting back when something was stored.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_shared_stack
settings=$dir/e2e.yaml
owner=compaction
token=$(token_of "$owner")

of_status() {
    "$MOBYNC_BIN" status --json -c "$settings" 2>/dev/null | jq -r "$1"
}

# write ID CLOCK TIME TYPE JSON_DATA: a diff of tasks
write() {
    diff_json "$1" "$owner" "$2" "$4" tasks "$5" | jq -c --argjson time "$3" '.utc_timestamp = $time'
}

push() {
    sync "$token" "$(push_json "$@")"
    [[ $status == 200 ]] || expect "push at clock $1" 200 "$status $body"
}

# pull CLOCK [MEMBERS]: the clock and the diffs of the response, by object
pull() {
    sync "$token" "{\"logical_clock\":$1,\"diffs\":[]${2:-}}"
    of_body '"\(.logical_clock) " + ([.diffs | sort_by(.json_data)[] | "\(.type) \(.json_data)"] | join(", "))'
}

mobync() {
    "$MOBYNC_BIN" "$@" -c "$settings" 2>"$work/err"
}

# lag SECONDS: how many syncs were of a device that was further behind, and since when the last
lag() {
    of_status ".device_lags[] | select(.more_than_s == $1) | .syncs"
}

# lags: of more than 3 and 30 days, and of a year
lags() {
    printf '%s %s %s\n' "$(lag 259200)" "$(lag 2592000)" "$(lag 31536000)"
}

lags_are() {
    [[ $(lags) == "$1" ]]
}

# A new process looks through all owners at once.
begin_walk() {
    kill -s KILL "$(of_status .housekeeper.pid)"
}

stored_below() {
    sql "SELECT COUNT(*) FROM diffs WHERE owner = '$owner' AND logical_clock < $1"
}

is_folded_below() {
    [[ $(stored_below "$1") == 0 ]]
}

push 0 "$(write c0 0 1604100000000 create '{"id":"a","name":"Milk","priority":1}')" \
    "$(write c1 0 1604100000001 create '{"id":"b","name":"Bread"}')" \
    "$(write c2 0 1604100000002 create '{"id":"c","name":"Cheese"}')"
push 1 "$(write c3 1 1604200000000 update '{"id":"a","name":"Oat milk"}')"
push 2 "$(write c4 2 1604300000000 delete '{"id":"c"}')" "$(write c5 2 1604300000001 create '{"id":"d","name":"Dates"}')"
push 3 "$(write c6 3 1604400000000 update '{"id":"b","priority":2}')" "$(write c7 3 1604400000000 update '{"id":"b","priority":2}')"
at_3=$(pull 3)
folded=$(of_status '.totals.diffs_compacted.total')
expect 'no device is behind' '0 0 0' "$(lags)"

sql "UPDATE diffs SET stored_at = stored_at - INTERVAL 29 DAY WHERE owner = '$owner'"
sql "UPDATE diffs SET stored_at = stored_at - INTERVAL 2 DAY WHERE owner = '$owner' AND logical_clock < 3"
begin_walk
expect_true 'what is older than keep is folded' wait_until 30 is_folded_below 3
expect 'a summary each' '4 1' \
    "$(sql "SELECT COUNT(*), COUNT(deleted_clock) FROM mobync_summaries WHERE owner = '$owner'" | tr '\t' ' ')"
expect 'what is younger stays' 1 "$(sql "SELECT COUNT(*) FROM diffs WHERE owner = '$owner'")"
expect 'no clock was taken' 4 "$(sql "SELECT next_clock FROM mobync_owners WHERE owner = '$owner'")"
is_told() {
    (($(of_status '.totals.diffs_compacted.total') >= folded + 6))
}
expect_true 'status counts them' wait_until 10 is_told
expect_true 'and the walk' wait_until 10 test "$(of_status '.housekeeper.last_compaction_walk')" -gt 0
walk_is_told() {
    [[ $(of_status '"\(.horizon.compaction_lag_s / 3600 | floor) \((now - .horizon.oldest_diff) / 86400 | floor)"') == '24 31' ]]
}
expect_true 'status tells how old what it met was, and how late it was folded' wait_until 10 walk_is_told
expect 'and for how long history is kept' '2592000 31536000' "$(of_status '"\(.horizon.keep_s) \(.horizon.deletes_s)"')"

# --- devices
expect 'a device at the horizon is told what it was told before' "$at_3" "$(pull 3)"
expect 'one from before it: fields that changed since, a create, a delete' \
    '4 update {"id":"a","name":"Oat milk"}, update {"id":"b","priority":2}, delete {"id":"c"}, create {"id":"d","name":"Dates"}' \
    "$(pull 1 | sed 's/"done":null,//g; s/,"[a-z_]*":null//g')"
expect_true 'status: one was 29 days behind, one more than 30' wait_until 10 lags_are '2 1 0'
expect_true 'and when that was' test "$(of_status '.device_lags[] | select(.more_than_s == 2592000) | .last')" -ge "$(($(date +%s) - 60))"
ask() {
    curl -sS -o "$work/out" -w '%{http_code}' -H "Authorization: Bearer $token" -H 'Content-Type: application/json' -d "$2" "$url$1"
}
# WatermelonDB's timestamp is the clock and one.
expect 'WatermelonDB, 29 days behind' 200 "$(ask /watermelon/pull '{"lastPulledAt":4,"schemaVersion":1,"migration":null}')"
expect_true 'counts, too' wait_until 10 lags_are '3 1 0'
expect_true 'as a table' grep -qE '^ *30 +1 +20[0-9-]+T' <<<"$(mobync status)"
expect 'a new one: the rows' 4 "$(pull 0 >/dev/null; of_body .logical_clock)"
push 4 "$(write n0 4 1604500000000 update '{"id":"a","name":"Milk again"}')"
# As after a response that was lost, with what the server no longer knows the id of.
push 1 "$(write c3 1 1604200000000 update '{"id":"a","name":"Oat milk"}')"
expect 'sent a second time: it is not applied again' 'Milk again' \
    "$(sql "SELECT name FROM tasks WHERE owner_id = '$owner' AND id = 'a'")"
push 1 "$(write n1 1 1604600000000 update '{"id":"d","name":"Figs"}')" "$(write n2 1 1604600000001 update '{"id":"a","name":"Soy milk"}')"
expect 'a late write of a device from before it wins where it is later' 'Soy milk' \
    "$(sql "SELECT name FROM tasks WHERE owner_id = '$owner' AND id = 'a'")"

# --- operators
expect_true 'explain: the horizon' grep -q '^horizon  diffs below clock 3 are folded$' \
    <<<"$(mobync explain --owner "$owner" --clock 1)"
expect_true 'explain: what set a field' grep -qE '^name +- +a folded diff +0 ' \
    <<<"$(mobync explain --owner "$owner" --model tasks --id b)"
expect 'explain: what a device from before is sent' 'sent update' \
    "$(mobync explain --owner "$owner" --model tasks --id b --clock 1 --json | jq -r '.answer | "\(.reason) \(.diffs[0].type)"')"
expect 'history: since when' '3 2 0' \
    "$(mobync history --owner "$owner" --model tasks --id c --json | jq -r '"\(.compacted_below) \(.folded.deleted_clock) \(.diffs | length)"')"
mobync restore-object --owner "$owner" --model tasks --id a --at 0 >"$work/out" || true
expect_true 'restore-object below it: refused' grep -q 'what the object was at 0 is not kept any more' "$work/err"
expect 'a delete that is folded cannot be undone' 1 \
    "$(mobync restore-object --owner "$owner" --model tasks --id c --at 1 >"$work/out" || echo $?)"
clock=$(sql "SELECT next_clock FROM mobync_owners WHERE owner = '$owner'")
mobync restore-object --owner "$owner" --model tasks --id b --at 3 >"$work/out" ||
    expect 'restore-object above it' '' "$(<"$work/err")"

# --- deletes that are too old
sql "UPDATE mobync_summaries SET deleted_at = deleted_at - INTERVAL 400 DAY WHERE owner = '$owner' AND deleted_at IS NOT NULL"
sql "UPDATE mobync_owners SET oldest_deleted_at = oldest_deleted_at - INTERVAL 400 DAY WHERE owner = '$owner'"
begin_walk
is_forgotten() {
    [[ $(sql "SELECT COUNT(*) FROM mobync_summaries WHERE owner = '$owner' AND object_id = 'c'") == 0 ]]
}
expect_true 'a delete is forgotten' wait_until 30 is_forgotten
expect 'up to that clock' 3 "$(sql "SELECT forgotten_below FROM mobync_owners WHERE owner = '$owner'")"
before=$(lag 31536000)
pull 2 >/dev/null
expect_error 'a device of its time' 409 INVALID_CLOCK
is_refusal_told() {
    (($(lag 31536000) == before + 1))
}
expect_true 'status: it was more than a year behind' wait_until 10 is_refusal_told
expect_true 'explain says so' grep -q '^A DEVICE AT CLOCK 2: it starts from scratch' <<<"$(mobync explain --owner "$owner" --clock 2)"
expect 'one that can start from scratch does' "200 true $clock a b d" \
    "$(pull 2 ',"reset":true' >/dev/null; printf '%s ' "$status"; of_body '"\(.reset) \(.logical_clock) " + ([.diffs[] | .json_data | fromjson | .id] | sort | join(" "))')"
expect 'with what it wrote meanwhile' '200 true Dried figs' "$(
    sync "$token" "$(push_json 2 "$(write n3 2 1604700000000 update '{"id":"d","name":"Dried figs"}')" \
        "$(write n4 2 1604700000001 update '{"id":"c","name":"gone"}')" | sed 's/^{/{"reset":true,/')"
    printf '%s ' "$status"
    of_body '.reset, (.diffs[] | .json_data | fromjson | select(.id == "d") | .name)' | tr '\n' ' ' | sed 's/ $//'
)"
expect 'one at the horizon goes on' '200 null' "$(pull 3 >/dev/null; printf '%s ' "$status"; of_body '.reset')"
finish
