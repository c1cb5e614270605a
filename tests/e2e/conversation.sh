#!/usr/bin/env bash
# The reference conversation (docs/protocol.md 8): two devices of one owner, then a fresh one.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_shared_stack

owner=conversation
token=$(token_of "$owner")
# Unusual spacing, escapes and characters: between devices, what was not merged comes back byte for
# byte. A first sync is written from the rows.
data1='{ "id": "uuid1",  "field1": "a" }'
data3='{"field1":"\u0063","id":"uuid3"}'
data2='{"id":"uuid2","field1":"b\/ä"}'
data4='{"id":"uuid1" ,"field1":"x"}'
data5='{"id":"uuid3"}'

# step NAME CLOCK NEW_CLOCK DIFFS ANSWER_DIFFS ROWS: ANSWER_DIFFS as "id clock type json_data" lines
step() {
    local diffs=()
    [[ -z $4 ]] || diffs=("$4")
    sync "$token" "$(push_json "$2" "${diffs[@]}")"
    expect "$1: status, success, message" '200 true ' "$status $(of_body '"\(.success) \(.message)"')"
    expect "$1: clock" "$3" "$(of_body .logical_clock)"
    expect "$1: diffs" "$5" \
        "$(of_body '.diffs[] | "\(.id) \(.owner) \(.logical_clock) \(.type) \(.model) \(.json_data)"')"
    expect "$1: rows" "$6" \
        "$(sql "SELECT CONCAT(id, ' ', field1) FROM model1 WHERE owner_id = '$owner' ORDER BY id")"
}

# new ID CLOCK TYPE JSON_DATA
new() {
    diff_json "$1" "$owner" "$2" "$3" model1 "$4"
}

rows1='uuid1 a'
rows2=$'uuid1 a\nuuid3 c'
rows3=$'uuid1 a\nuuid2 b/ä\nuuid3 c'
rows5=$'uuid1 x\nuuid2 b/ä\nuuid3 c'
rows7=$'uuid1 x\nuuid2 b/ä'

step '1 dev1 creates uuid1' 0 1 "$(new d1 0 create "$data1")" '' "$rows1"
step '2 dev2 creates uuid3' 0 2 "$(new d3 0 create "$data3")" "d1 $owner 0 create model1 $data1" "$rows2"
step '3 dev1 creates uuid2' 1 3 "$(new d2 1 create "$data2")" "d3 $owner 1 create model1 $data3" "$rows3"
step '4 dev2 fetches' 2 3 '' "d2 $owner 2 create model1 $data2" "$rows3"
step '5 dev2 updates uuid1' 3 4 "$(new d4 3 update "$data4")" '' "$rows5"
step '6 dev1 fetches' 3 4 '' "d4 $owner 3 update model1 $data4" "$rows5"
step '7 dev1 deletes uuid3' 4 5 "$(new d5 4 delete "$data5")" '' "$rows7"
step '8 dev2 fetches' 4 5 '' "d5 $owner 4 delete model1 $data5" "$rows7"
step '7 again, its answer was lost' 4 5 "$(new d5 4 delete "$data5")" '' "$rows7"
step 'dev1 has nothing new' 5 5 '' '' "$rows7"

expect 'the diff table' "d1 0 create $data1
d3 1 create $data3
d2 2 create $data2
d4 3 update $data4
d5 4 delete $data5" "$(sql "SELECT CONCAT_WS(' ', id, logical_clock, type, json_data) FROM diffs
             WHERE owner = '$owner' ORDER BY logical_clock, seq")"

sync "$token" '{"logical_clock":0,"diffs":[]}'
expect 'a fresh device: clock' 5 "$(of_body .logical_clock)"
expect 'a fresh device: one create for each row, as it is' 'create {"id":"uuid1","field1":"x"}
create {"id":"uuid2","field1":"b/ä"}' "$(of_body '.diffs[] | "\(.type) \(.json_data)"' | sort)"

sync "$(token_of somebody-else)" '{"logical_clock":0,"diffs":[]}'
expect 'another owner sees nothing of it' '0 []' "$(of_body '"\(.logical_clock) \(.diffs)"')"

request POST /sync -H 'Content-Type: application/json; charset=utf-8' \
    --data-binary "{\"auth_token\":\"$token\",\"logical_clock\":\"5\",\"diffs\":[]}"
expect 'token in the body, clock as a string' '200 5' "$status $(of_body .logical_clock)"

request POST /sync -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
    -H 'Transfer-Encoding: chunked' --data-binary '{"logical_clock":5,"diffs":[]}'
expect 'a chunked body' '200 5' "$status $(of_body .logical_clock)"

# packed TOKEN BODY CURL_ARGUMENT…
packed() {
    printf '%s' "$2" | gzip -c >"$work/packed"
    request POST /sync -H "Authorization: Bearer $1" -H 'Content-Type: application/json' \
        -H 'Content-Encoding: gzip' "${@:3}" --data-binary "@$work/packed"
}
packer=$(token_of packer)
push=$(push_json 0 "$(diff_json p1 packer 0 create tasks "{\"id\":\"p\",\"name\":\"$(printf 'x%.0s' {1..200})\"}")")
packed "$packer" "$push"
expect 'a packed push' '200 true 1' "$status $(of_body '"\(.success) \(.logical_clock)"')"
expect_true 'the log counts unpacked bytes' \
    wait_until 20 grep -q "owner=packer .* diffs_in=1 .* bytes_in=${#push} " "$dir/log/mobync.log"
packed "$packer" '{"logical_clock":0,"diffs":[]}' -H 'Transfer-Encoding: chunked'
expect 'a packed pull in chunks' '200 p' "$status $(of_body '.diffs[0].json_data | fromjson | .id')"
finish
