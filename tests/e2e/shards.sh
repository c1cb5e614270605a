#!/usr/bin/env bash
# Two shards behind one nginx, each a pool on a MariaDB of its own: a request finds the shard of its
# owner, wherever its token is; an owner is moved there and back, and goes on with the same clock;
# moves are killed at any moment, and gone on with or taken back; nothing is lost.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$root/tests/e2e/shards_lib.sh"
own_shards

# warnings OPTION…: what `mobync check` says of shards
warnings() {
    "$MOBYNC_BIN" check "$@" | sed -n 's/.*: warning: //p' | grep shard || true
}

status_of() {
    "$MOBYNC_BIN" status --json -c "$(config_of "$1")" | jq -r "$2"
}

push() {
    local clock=$1 id=$2 object=$3 name=$4
    sync "$token" "$(push_json "$clock" "$(diff_json "$id" "$owner" "$clock" create tasks \
        "{\"id\":\"$object\",\"name\":\"$name\"}")")"
}

# What a device at clock 0 with the id of a diff is told, in the order of the history.
told() {
    sync "$token" '{"logical_clock":1,"diffs":[]}'
    of_body '[.logical_clock, .diffs] | tojson'
}

# --- each request goes to the owner's shard, whichever pool has it first
for shard in a b; do
    owner=$(owner_of "$shard")
    token=$(token_of "$owner")
    for ((i = 0; i < 4; i++)); do
        push "$i" "$shard-$i" "o$i" "name $i"
        expect "push $i of an owner of $shard" "200 $((i + 1))" "$status $(of_body .logical_clock)"
    done
    expect "its rows are in $shard" '4 0' "$(count_in "$shard" "$owner") $(count_in "$(other_shard "$shard")" "$owner")"
done
owner=$(owner_of a)
for ((i = 0; i < 2; i++)); do
    request POST /sync -H 'Content-Type: application/json' \
        --data-binary "{\"auth_token\":\"$(token_of "$owner")\",\"logical_clock\":4,\"diffs\":[]}"
    expect "a token in the body finds its shard, too ($i)" '200 4' "$status $(of_body .logical_clock)"
done
owner=$(owner_of b)
token=$(token_of "$owner")
{
    printf '{"pad":"'
    head -c 200000 /dev/zero | tr '\0' x
    printf '",'
    push_json 4 "$(diff_json long "$owner" 4 create model1 '{"id":"l","field1":"x"}')" | cut -c2-
} >"$work/long"
for ((i = 0; i < 2; i++)); do
    sync "$token" "@$work/long"
    expect "a body that nginx keeps on disk is passed on whole ($i)" '200 5' "$status $(of_body .logical_clock)"
done
expect_true 'it was larger than what nginx keeps in memory' test "$(wc -c <"$work/long")" -gt 131072

# --- the databases belong together, and owners are where they should be
expect_true 'another lineage is told of' grep -q '^the lineage of shard b is not that of shard a' <(warnings -c "$(config_of a)")
expect 'and nothing else' 1 "$(warnings -c "$(config_of a)" | wc -l)"
sed "s|socket: .*|socket: '${shard_dirs[b]}/mysql.sock'|" "$(config_of a)" >"$work/swapped.yaml"
expect_true 'a database of another shard is told of' \
    grep -q '^the database of shard a has 1 owner (of 1 .*) of other shards, .* of shard b: the databases of two shards are swapped' \
    <(warnings -c "$work/swapped.yaml")
expect 'the database host in use' "$dir/mysql.sock 0" "$(status_of a '"\(.database) \(.owners_between_shards)"')"

# --- moved and moved back
owner=$(owner_of a)
token=$(token_of "$owner")
before=$(told)
expect 'where an owner is' a "$(move_owner "$owner")"
expect 'it is moved' b "$(move_owner "$owner" --to b)"
expect 'its rows are there, and nowhere else' '4 0' "$(count_in b "$owner") $(count_in a "$owner")"
expect 'its history is there' '4 0' "$(diffs_in b "$owner") $(diffs_in a "$owner")"
expect 'devices are told what they were told before' "$before" "$(told)"
push 4 moved-1 m1 'moved'
expect 'a device goes on with its clock' '200 5' "$status $(of_body .logical_clock)"
push 4 moved-1 m1 'moved'
expect 'a resend is known' '200 5' "$status $(of_body .logical_clock)"
sync "$token" "{\"logical_clock\":5,\"lineage\":\"$(lineage_of a)\",\"diffs\":[]}"
expect 'a device of the other lineage is told to go on from where it is' '409 5' \
    "$status $(of_body .restart_clock)"
expect 'again' b "$(move_owner "$owner" --to b)"
expect_failure 'a device of it cannot be asked about at home' 'move-owner' explain -c "$(config_of a)" \
    --owner "$owner" --model tasks --id o1
before=$(told)
expect 'it is moved back' a "$(move_owner "$owner" --to a)"
expect 'its rows are home' '5 0' "$(count_in a "$owner") $(count_in b "$owner")"
expect 'devices are told the same' "$before" "$(told)"
push 5 moved-2 m2 'back'
expect 'and go on' '200 6' "$status $(of_body .logical_clock)"

# --- what is refused
expect_failure 'an owner that nobody knows' 'nothing to move' move-owner -c "$(config_of a)" --owner nobody --to b
expect_failure 'a shard that is not there' "shards has no 'c'" move-owner -c "$(config_of a)" --owner "$owner" --to c
stranger=$(owner_of a "$owner-x")
in_shard a "INSERT INTO mobync_owners (owner, next_clock) VALUES ('$stranger', 1)"
in_shard b "INSERT INTO mobync_owners (owner, next_clock) VALUES ('$stranger', 1)"
expect_failure 'data of the owner that were never moved there' 'never moved there' \
    move-owner -c "$(config_of a)" --owner "$stranger" --to b

# --- a row that the other database refuses
in_shard b "ALTER TABLE tasks ADD CONSTRAINT no_back CHECK (name <> 'back')"
expect_failure 'a row that the other shard refuses' no_back \
    move-owner -c "$(config_of a)" --owner "$owner" --to b
sync "$token" '{"logical_clock":6,"diffs":[]}'
expect_error 'its devices wait' 503 SERVER_BUSY
expect_true 'and are told to come again' grep -q '^[1-9]$' <<<"$(header retry-after)"
for shard in a b; do
    expect_true "check says so at $shard" \
        grep -q "^1 owner is between shard $shard and another, such as '$owner'" <(warnings -c "$(config_of $shard)")
done
expect 'status says so' 1 "$(status_of a .owners_between_shards)"
expect_true 'and what to do' grep -q "^1 owner between shards, such as $owner: .*'mobync move-owner'" \
    <("$MOBYNC_BIN" status -c "$(config_of a)")
expect 'it is taken back' a "$(move_owner "$owner" --to a)"
sync "$token" '{"logical_clock":6,"diffs":[]}'
expect 'devices go on' '200 6' "$status $(of_body .logical_clock)"
expect 'nothing of it is left there' '0 0' "$(count_in b "$owner") $(diffs_in b "$owner")"
in_shard b 'ALTER TABLE tasks DROP CONSTRAINT no_back'

# --- killed at any moment
before=$(told)
at=a
for delay in 0.02 0.05 0.1 0.15 0.2 0.25; do
    to=$(other_shard "$at")
    move_owner_killed "$owner" "$to" "$delay"
    sync "$token" '{"logical_clock":1,"diffs":[]}'
    expect_true "killed after $delay s: devices get the same, or wait" \
        test "$status" = 503 -o "$(of_body '[.logical_clock, .diffs] | tojson')" = "$before"
    [[ $delay != *5 ]] || to=$at # taken back
    expect "killed after $delay s: it is at $to" "$to" "$(move_owner "$owner" --to "$to")"
    at=$to
    expect "its rows are there alone" '6 0' "$(count_in "$at" "$owner") $(count_in "$(other_shard "$at")" "$owner")"
    expect "devices are told the same" "$before" "$(told)"
done
finish
