#!/usr/bin/env bash
# Refused diffs: under fail_sync one stops its device, under quarantine the rest goes on, the device
# is brought back to the server's data, and operators have the last word.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/device.sh"
own_stack
settings=$dir/e2e.yaml

# The value of a column as text, in one collation whatever the column has.
as_text() {
    printf 'CONVERT(`%s` USING utf8mb4) COLLATE utf8mb4_bin' "$1"
}

# server_rows OWNER: as device_rows, of all tables that have owners
server_rows() {
    local model column fields
    for model in $(sql "SELECT table_name FROM information_schema.columns
                        WHERE table_schema = 'app' AND column_name = 'owner_id'"); do
        fields=
        for column in $(sql "SELECT column_name FROM information_schema.columns WHERE table_schema = 'app'
                             AND table_name = '$model' AND column_name NOT IN ('id', 'owner_id')
                             ORDER BY column_name"); do
            fields+=", CONCAT('$column=', $(as_text "$column"))"
        done
        sql "SELECT CONCAT_WS(' ', CONCAT('$model/', $(as_text id)) $fields)
             FROM \`$model\` WHERE owner_id = '$1'"
    done | LC_ALL=C sort
}

# equal WHAT DEVICE OWNER
equal() {
    expect "$1: $2 and server are equal" '' \
        "$(diff -U 0 --label server --label "$2" <(server_rows "$3") <(device_rows "$2"))"
}

# reject ARGUMENT…: mobync reject; leaves exit status, out and err
reject() {
    reject_status=0
    "$MOBYNC_BIN" reject "$@" -c "$settings" >"$work/out" 2>"$work/err" || reject_status=$?
    out=$(<"$work/out")
    err=$(<"$work/err")
}

# "id code field" of what the response says was refused
rejected() {
    of_body '.rejected[]? | "\(.id) \(.code) \(.field // "-")"' | sort
}

count() {
    sql "SELECT COUNT(*) FROM $1"
}

reload() {
    local workers
    workers=$(worker_pids)
    kill -s HUP "$(serve_pid)"
    expect_true "$1" wait_until 20 workers_are_others_than "$workers"
}

# --- the same hundred diffs under both modes: the 50th breaks a CHECK of the table
owner=hundred
token=$(token_of "$owner")
sql 'ALTER TABLE tasks ADD CONSTRAINT no_fifty CHECK (priority <> 50)'
device_new phone
device_write phone "$(jq -cn --arg owner "$owner" '[range(1; 101) | {id: "d\(.)", owner: $owner,
    logical_clock: 0, utc_timestamp: (1604114123778 + .), type: "create", model: "tasks",
    json_data: ({id: "task-\(.)", name: "task \(.)", priority: .} | tojson)}]')"

# An owner's first request notes that its tables were looked at.
sync "$token" '{"logical_clock":0,"diffs":[]}'
before=$(checksum)
device_sync phone "$token"
expect_error 'fail_sync' 400 INVALID_DATA
expect 'fail_sync: the diff is named' d50 "$(of_body .error.diff_id)"
expect 'fail_sync: there is no key rejected' false "$(of_body 'has("rejected")')"
expect 'fail_sync: nothing has changed' "$before" "$(checksum)"
reject list
expect 'fail_sync: nothing is kept' '0 ' "$reject_status $out"
expect_true 'fail_sync: the list says why' grep -q fail_sync <<<"$err"

sed -i 's/^rejected_diffs: .*/rejected_diffs: quarantine/' "$settings"
reload 'the mode is changed by a reload'

device_copy phone deaf
device_sync phone "$token"
expect 'quarantine: status and clock' '200 true 1' "$status $(of_body '"\(.success) \(.logical_clock)"')"
answer=$body
expect 'quarantine: one diff is refused' 'd50 INVALID_DATA' "$(rejected | cut -d ' ' -f 1,2)"
expect_true 'quarantine: with a message' test -n "$(of_body '.rejected[0].message')"
expect_true 'quarantine: a sentence for people' test -n "$(of_body .message)"
expect 'quarantine: the response undoes it' 'delete tasks {"id":"task-50"}' \
    "$(of_body '.diffs[] | "\(.type) \(.model) \(.json_data | fromjson | tojson)"')"
expect 'quarantine: 99 rows, 99 diffs, one reject' '99 99 1' \
    "$(count tasks) $(count diffs) $(count mobync_rejects)"
equal quarantine phone "$owner"

stored=$(checksum)
device_copy deaf resent
device_sync resent "$token"
expect 'resend: the same answer' "$answer" "$body"
expect 'resend: nothing has changed' "$stored" "$(checksum)"
equal resend resent "$owner"
expect 'resend: the refusal is one line of the log' 1 \
    "$(grep -c "owner=$owner diff_id=d50 code=INVALID_DATA" "$dir/log/mobync.log")"

device_sync phone "$token"
expect 'afterwards: nothing to send, nothing to do' '1 0 false ' \
    "$(of_body '"\(.logical_clock) \(.diffs | length) \(has("rejected")) \(.message)"')"
device_new tablet
device_sync tablet "$token"
expect 'another device hears nothing of it' '99 create false' \
    "$(of_body '"\(.diffs | length) \([.diffs[].type] | unique | join(" ")) \(has("rejected"))"')"
equal 'another device' tablet "$owner"

reject list
expect 'list' "0 d50 tasks create INVALID_DATA" "$reject_status $(awk 'NR == 2 { print $3, $4, $5, $6 }' <<<"$out")"
reject show d50 --json
expect 'show: the diff as it was sent' "$(jq -c . "$work/deaf.pending" | sed -n 50p)" "$(jq -c .diff <<<"$out")"
expect 'show: the request is the one of the log' 1 \
    "$(grep -c "request_id=$(jq -r .request_id <<<"$out").*diffs_in=100" "$dir/log/mobync.log")"

reject retry d50
expect 'retry: refused as long as the constraint is there' 1 "$reject_status"
expect_true 'retry: why' grep -q 'd50: INVALID_DATA.*no_fifty' <<<"$err"
expect 'retry: refused, nothing has changed' "$stored" "$(checksum)"
sql 'ALTER TABLE tasks DROP CONSTRAINT no_fifty'
reject retry d50
expect 'retry: applied' "0 d50 of $owner is applied: the owner's clock is now 2" "$reject_status $out"
expect 'retry: it is kept no longer' 0 "$(count mobync_rejects)"
for device in phone tablet; do
    device_sync "$device" "$token"
    expect "retry: $device gets it" 'create task-50 2' \
        "$(of_body '"\(.diffs[0].type) \(.diffs[0].json_data | fromjson.id) \(.logical_clock)"')"
    equal retry "$device" "$owner"
done
device_sync deaf "$token"
equal 'retry, the response of long ago was lost' deaf "$owner"
expect 'retry: the tables say a hundred' '100 100' "$(count tasks) $(count diffs)"

# --- a refusal of every kind in one request
cat >>"$settings" <<'END'
  - name: parents
    fields: [{ name: title, type: string, max_length: 64 }]
  - name: children
    fields: [{ name: parent, type: string, max_length: 128 }]
  - name: codes
    fields: [{ name: code, type: string, max_length: 64 }]
  - name: logs
    allow: [create]
    fields: [{ name: line, type: string, max_length: 64 }]
  - name: guarded
    validate: may_write
    fields: [{ name: title, type: string, max_length: 64 }]
  - name: shorts
    fields: [{ name: label, type: string }]
  - name: signals
    fields: [{ name: state, type: string, max_length: 64 }]
END
sql "CREATE FUNCTION may_write(o VARCHAR(128), t VARCHAR(16), j LONGTEXT) RETURNS BOOLEAN
     DETERMINISTIC RETURN j NOT LIKE '%forbidden%'"
"$MOBYNC_BIN" schema --apply -c "$settings" 2>"$work/err" || cat "$work/err"
sql "ALTER TABLE children ADD FOREIGN KEY (owner_id, parent) REFERENCES parents (owner_id, id);
     ALTER TABLE codes ADD UNIQUE KEY one_each (owner_id, code);
     ALTER TABLE shorts MODIFY label VARCHAR(5)"
sql "DELIMITER //
     CREATE TRIGGER no_alarm BEFORE UPDATE ON signals FOR EACH ROW IF NEW.state = 'alarm'
     THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'alarms are raised elsewhere'; END IF //"
reload 'more models by a reload'

owner=kinds
token=$(token_of "$owner")

# diffs CLOCK: from lines of "id type model json_data"
diffs() {
    jq -cRn --arg owner "$owner" --argjson clock "$1" '[inputs | select(. != "")
        | capture("^(?<id>\\S+) +(?<type>\\S+) +(?<model>\\S+) +(?<json_data>.*)$")
        | {id, owner: $owner, logical_clock: $clock, utc_timestamp: 1604114123778, type, model, json_data}]
        | to_entries | map(.value + {utc_timestamp: (.value.utc_timestamp + .key)})'
}

device_new phone
device_write phone "$(diffs 0 <<'END'
a1 create tasks    {"id":"t1","name":"n","priority":1}
a2 create parents  {"id":"p1","title":"parent"}
a3 create children {"id":"c1","parent":"p1"}
a4 create codes    {"id":"k1","code":"A"}
a5 create logs     {"id":"l1","line":"first"}
a6 create guarded  {"id":"g1","title":"yes"}
a7 create shorts   {"id":"s1","label":"short"}
a8 create signals  {"id":"z1","state":"calm"}
END
)"
device_sync phone "$token"
expect 'kinds: rows to begin with' '200 [] false' "$status $(of_body '"\(.diffs) \(has("rejected"))"')"

# A row that the device alone has, of a time before the server's: only so is there an update of it.
jq -c '.tasks.never = {name: "from nowhere"}' "$work/phone.rows" >"$work/rows.new"
mv "$work/rows.new" "$work/phone.rows"
device_write phone "$(diffs 1 <<'END'
b01 create nothing  {"id":"x1","name":"of no model"}
b02 update tasks    {"id":"t1","priority":"high"}
b03 create tasks    {"id":"t2","priority":2}
b04 update logs     {"id":"l1","line":"second"}
b05 create guarded  {"id":"g2","title":"forbidden"}
b06 update tasks    {"id":"never","name":"still from nowhere"}
b07 create codes    {"id":"k2","code":"A"}
b08 create children {"id":"c2","parent":"nobody"}
b09 delete parents  {"id":"p1"}
b10 update shorts   {"id":"s1","label":"much too long"}
b11 update signals  {"id":"z1","state":"alarm"}
b12 create tasks    {"id":"t3","name":"t","scent":3}
b13 update tasks    {"id":"t3","name":"behind it"}
b14 delete tasks    {"id":"t3"}
b15 create tasks    {"id":"t4","name":"fine","colour":"red"}
b16 update tasks    {"id":"t4","priority":4}
b17 create tasks    {"id":"t5","name":"good","priority":5}
b18 update guarded  {"id":"g1","title":"still yes"}
b19 update tasks    {"id":"t1","name":"renamed"}
b20 create tasks    {"id":"t6","priority":6}
b21 update tasks    {"id":"t6","name":"repaired"}
b22 create tasks    {"id":"t7","priority":"high"}
b23 delete tasks    {"id":"t7"}
END
)"
device_copy phone deaf
device_sync phone "$token"
expect 'kinds: status and clock' '200 2' "$status $(of_body .logical_clock)"
expect 'kinds: who is refused, and why' 'b01 INVALID_DATA model
b02 INVALID_DATA priority
b03 INVALID_DATA name
b04 FORBIDDEN -
b05 FORBIDDEN -
b06 NO_SUCH_OBJECT -
b07 INVALID_DATA code
b08 INVALID_DATA parent
b09 INVALID_DATA -
b10 INVALID_DATA label
b11 INVALID_DATA -
b12 INVALID_DATA scent
b13 INVALID_DATA -
b14 INVALID_DATA -
b15 INVALID_DATA colour
b16 INVALID_DATA -' "$(rejected)"
expect 'kinds: in the words of the trigger' 'alarms are raised elsewhere' \
    "$(of_body '.rejected[] | select(.id == "b11").message' | grep -o 'alarms are raised elsewhere')"
expect 'kinds: what shares a verdict says whose' 'b12 b12' \
    "$(of_body '.rejected[] | select(.id == "b13" or .id == "b14").message' | grep -o 'b12' | xargs)"
expect 'kinds: the rest is applied' 'good 5 renamed 1 still yes repaired 6' \
    "$(sql "SELECT CONCAT_WS(' ', (SELECT CONCAT_WS(' ', name, priority) FROM tasks WHERE id = 't5'),
                           (SELECT CONCAT_WS(' ', name, priority) FROM tasks WHERE id = 't1'),
                           (SELECT title FROM guarded WHERE id = 'g1'),
                           (SELECT CONCAT_WS(' ', name, priority) FROM tasks WHERE id = 't6'))")"
equal kinds phone "$owner"
expect 'kinds: each is kept' 16 "$(count mobync_rejects)"

stored=$(checksum)
device_copy deaf resent
refused=$(rejected)
device_sync resent "$token"
expect 'kinds, sent again: the same refusals' "$refused" "$(rejected)"
expect 'kinds, sent again: nothing has changed' "$stored" "$(checksum)"
equal 'kinds, sent again' resent "$owner"
device_new tablet
device_sync tablet "$token"
equal 'kinds, another device' tablet "$owner"

# --- diffs of which not even the object can be read
torn=$(diff_json c1 "$owner" 2 create tasks '{"id":"t8","name":"n"}')
sync "$token" "$(push_json 2 "$(jq -c '.json_data = "{\"id\":"' <<<"$torn")" \
    "$(jq -c '.id = "c2" | del(.model)' <<<"$torn")" "$(jq -c '.id = "c3" | .type = 7' <<<"$torn")" \
    "$(jq -c '.id = "c4" | .json_data = "{}"' <<<"$torn")" "$(jq -c '.id = "c1"' <<<"$torn")")"
expect 'unreadable: each is refused, and a duplicate id is known the second time' \
    '200 3 c1 json_data c2 model c3 type c4 id' \
    "$status $(of_body .logical_clock) $(of_body '.rejected[] | "\(.id) \(.field)"' | xargs)"
expect 'unreadable: nothing is made of them' '' "$(sql "SELECT id FROM tasks WHERE id = 't8'")"
reject list --owner "$owner"
expect 'unreadable: the list has them' 'c1 c2 c3 c4' "$(awk '$3 ~ /^c/ { print $3 }' <<<"$out" | sort | xargs)"
stored=$(checksum)
reject retry c1 c2 c3 c4
expect 'unreadable: a retry does not help' "1 $stored" "$reject_status $(checksum)"
reject drop c1 c2 c3 c4
expect 'unreadable: dropped' '0 4' "$reject_status $(wc -l <<<"$out")"
device_sync phone "$token"
equal unreadable phone "$owner"
stored=$(checksum)

# --- what is no fault of one diff is an error in this mode, too
good=$(diff_json e1 "$owner" 3 create tasks '{"id":"t9","name":"n"}')
sync "$token" "$(push_json 3 "$good" "$(diff_json e2 alice 3 create tasks '{"id":"t8","name":"n"}')")"
expect_error 'a diff of another owner' 403 FORBIDDEN
sync "$token" "$(push_json 3 "$good" "$(jq -c 'del(.id)' <<<"$good")")"
expect_error 'a diff that has no id' 400 INVALID_DATA
sync "$token" "{\"logical_clock\":3,\"diffs\":[$good,7]}"
expect_error 'a diff that is not an object' 400 INVALID_REQUEST
sync "$token" "$(push_json 9 "$good")"
expect_error 'a clock ahead of the server' 409 INVALID_CLOCK
expect 'errors of requests: nothing has changed' "$stored" "$(checksum)"

# --- operators: some are retried once the tables allow, the others dropped
sql 'ALTER TABLE codes DROP KEY one_each; ALTER TABLE shorts MODIFY label VARCHAR(50);
     DROP TRIGGER no_alarm'
reject retry b07 b10 b11 b02 --owner "$owner"
expect 'retry of several: what is refused again' "1 b02: INVALID_DATA in priority" \
    "$reject_status $(sed -n 's/^mobync reject retry: \(b[0-9]*: [A-Z_]* in [a-z]*\): .*/\1/p' <<<"$err")"
expect 'retry of several: the others, each with a clock' 'b07 4 b10 5 b11 6' \
    "$(sed -n "s/^\(b[0-9]*\) of $owner is applied: the owner's clock is now \([0-9]*\)\$/\1 \2/p" <<<"$out" | xargs)"
for device in phone tablet; do
    device_sync "$device" "$token"
    equal 'retry of several' "$device" "$owner"
done
expect 'retry of several: the rows' 'A much too long alarm' \
    "$(sql "SELECT CONCAT_WS(' ', (SELECT code FROM codes WHERE id = 'k2'),
                           (SELECT label FROM shorts WHERE id = 's1'), (SELECT state FROM signals WHERE id = 'z1'))")"

reject list --owner "$owner" --json
mapfile -t ids < <(jq -r .id <<<"$out")
expect 'drop: what is left' 13 "${#ids[@]}"
reject drop "${ids[@]}"
expect 'drop: each is told' "0 ${ids[*]}" "$reject_status $(jq -r .id <<<"$out" | xargs)"
expect 'drop: none is left' 0 "$(count mobync_rejects)"
stored=$(checksum)
device_sync deaf "$token"
expect 'sent again after all that: tried no more' '200 6 false' \
    "$status $(of_body '"\(.logical_clock) \(has("rejected"))"')"
expect 'sent again after all that: nothing has changed' "$stored" "$(checksum)"
equal 'sent again after all that' deaf "$owner"

# --- a config that has become narrower: what was taken before it is taken when it comes again
narrow() {
    sed -i -e '/name: score/d' -e 's/name: name, type: string, max_length: 255/name: name, type: string, max_length: 5/' \
        -e '/name: model1/,/field1/d' "$settings"
}
for mode in quarantine fail_sync; do
    cp "$settings" "$work/wide.yaml"
    sed -i "s/^rejected_diffs: .*/rejected_diffs: $mode/" "$settings"
    reload "narrower, $mode: the mode"
    owner=narrow-$mode
    token=$(token_of "$owner")
    device_new phone
    device_write phone "$(diffs 0 <<'END'
f1 create tasks   {"id":"t1","name":"n","priority":1}
END
)"
    device_sync phone "$token"
    device_write phone "$(diffs 1 <<'END'
f2 update tasks   {"id":"t1","score":1.5,"name":"long name","priority":2}
f3 create tasks   {"id":"t2","score":2.5,"name":"another long name","priority":3}
f4 create model1  {"id":"m1","field1":"x"}
END
)"
    device_copy phone deaf
    device_sync phone "$token"
    expect "narrower, $mode: taken before it" '200 2 []' "$status $(of_body '"\(.logical_clock) \(.diffs)"')"
    narrow
    reload "narrower, $mode: the config"
    stored=$(checksum)
    device_copy deaf resent
    device_sync resent "$token"
    expect "narrower, $mode: sent again" '200 2 [] false' \
        "$status $(of_body '"\(.logical_clock) \(.diffs) \(has("rejected"))"')"
    expect "narrower, $mode: nothing has changed" "$stored" "$(checksum)"
    equal "narrower, $mode" resent "$owner"
    device_write deaf "$(diffs 1 <<'END'
f6 update tasks   {"id":"t1","priority":4}
END
)"
    device_sync deaf "$token"
    expect "narrower, $mode: with more behind" '200 3 []' "$status $(of_body '"\(.logical_clock) \(.diffs)"')"
    equal "narrower, $mode: with more behind" deaf "$owner"
    cp "$work/wide.yaml" "$settings"
done
finish
