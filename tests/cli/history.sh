#!/usr/bin/env bash
# mobync history and mobync restore-object on a whole stack: what an object was, from whom, and back
# again, as a change that every device hears of; what the table does not take any more is refused.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"
use_shared_stack
settings=$dir/e2e.yaml
owner=history
token=$(token_of "$owner")

# write ID CLOCK TIME TYPE JSON_DATA: a diff of tasks
write() {
    diff_json "$1" "$owner" "$2" "$4" tasks "$5" | jq -c --argjson time "$3" '.utc_timestamp = $time'
}

push() {
    sync "$token" "$(push_json "$@")"
    [[ $status == 200 ]] || expect "push at clock $1" 200 "$status $body"
}

# mobync STATUS ARGUMENT…: leaves out and err
mobync() {
    local wanted=$1 got=0
    shift
    "$MOBYNC_BIN" "$@" -c "$settings" >"$work/out" 2>"$work/err" || got=$?
    out=$(<"$work/out")
    err=$(<"$work/err")
    [[ $got == "$wanted" ]] || expect "mobync $*: status" "$wanted" "$got: $err"
}

# history ID [ARGUMENT…], restore STATUS ID AT [ARGUMENT…]
history() {
    mobync 0 history --owner "$owner" --model tasks --id "$@"
}
restore() {
    mobync "$1" restore-object --owner "$owner" --model tasks --id "$2" --at "${@:3}"
}

of_out() {
    jq -r "$1" <<<"$out"
}

says() {
    expect_true "$1" grep -qE -- "$3" <<<"$2"
}

# what CLOCK: what a device at that clock is told
told() {
    sync "$token" "{\"logical_clock\":$1,\"diffs\":[]}"
    of_body '"\(.logical_clock) " + ([.diffs[] | "\(.type) \(.json_data)"] | join(", "))'
}

push 0 "$(write h1 0 1604100000000 create '{"id":"h","name":"Milk","done":false,"tags":["a"]}')"
push 1 "$(write h2 1 1604200000000 update '{"id":"h","name":"Oat milk","priority":1}')"
sql "UPDATE tasks SET priority = 7 WHERE owner_id = '$owner' AND id = 'h'"
push 2 "$(write h3 2 1604300000000 update '{"id":"h","done":true,"score":2}')"
push 4 "$(write h4 4 1604400000000 delete '{"id":"h"}')"

history h --json
expect 'the diffs, in order, and from whom' '0 device create, 1 device update, 2 sql update, 3 device update, 4 device delete' \
    "$(of_out '[.diffs[] | "\(.logical_clock) \(.from) \(.type)"] | join(", ")')"
expect 'what the object was after each' \
    '{"name":"Milk","done":false,"tags":["a"]} {"name":"Oat milk","done":false,"priority":7,"tags":["a"]} null' \
    "$(of_out '[.diffs[0, 2, 4].object | tojson] | join(" ")')"
expect 'in the end' 'deleted false false 5' "$(of_out '"\(.state) \(.row) \(.begins_before) \(.next_clock)"')"
history h
says 'table: a diff' "$out" '^ +1 +0  2020-11-01T.* update  device  h2 .* name="Oat milk" priority=1 .*name="Oat milk" done=false priority=1 tags=\["a"\]$'
says 'table: the row' "$out" '^row +not there, in table tasks$'

before=$(checksum)
restore 0 h 1 --dry-run
says 'dry run: the diff' "$out" 'create  tasks  h  .* name="Oat milk" done=false priority=1 tags=\["a"\]'
restore 1 h 4
says 'at a clock at which it was deleted' "$err" 'the object was deleted at 4'
restore 1 h 2020-10-01T00:00:00Z
says 'before its first diff' "$err" 'did not exist yet at 2020-10-01T00:00:00Z: its first diff has clock 0'
restore 1 none 1
says 'an object that nobody knows' "$err" 'no diff about the object is kept'
expect 'nothing has changed' "$before" "$(checksum)"

restore 0 h 1
says 'restored' "$out" "^restored: the owner's clock is now 6\$"
expect 'a device is told' '6 create {"id":"h","name":"Oat milk","done":false,"priority":1,"tags":["a"]}' "$(told 5)"
restore 0 h 1
says 'again: nothing to do' "$out" 'nothing to restore'
restore 0 h 2020-10-31T00:00:00Z
expect 'by time: fields that had no value are cleared' '7 update {"id":"h","name":"Milk","priority":null}' "$(told 6)"
history h --json
expect 'from the operator' 'operator operator' "$(of_out '[.diffs[-2:][].from] | join(" ")')"

# --- verdicts apply
push 7 "$(write h5 7 1604500000000 update '{"id":"h","name":"A name that is longer than eight"}')"
push 8 "$(write h6 8 1604600000000 update '{"id":"h","name":"short"}')"
lock_row=$(sql "SELECT name FROM tasks WHERE owner_id = '$owner' AND id = 'h'")
sed "s/{ name: name, type: string, max_length: 255, required: true }/{ name: name, type: string, max_length: 8, required: true }/" \
    "$settings" >"$work/narrow.yaml"
for dry_run in '' --dry-run; do
    "$MOBYNC_BIN" restore-object --owner "$owner" --model tasks --id h --at 7 $dry_run -c "$work/narrow.yaml" \
        >"$work/out" 2>"$work/err" && got=0 || got=$?
    expect "a value that does not fit any more $dry_run" "1 1" "$got $(grep -c \
        'refused, nothing has changed: INVALID_DATA in name: .*8' "$work/err")"
done
expect 'and the row is as it was' "short $lock_row" "$(sql "SELECT name FROM tasks WHERE owner_id = '$owner' AND id = 'h'") short"

# --- what is not kept (any more)
sql "DELETE FROM diffs WHERE owner = '$owner' AND object_id = 'h' AND logical_clock < 3"
restore 1 h 2
says 'before what is kept' "$err" 'what the object was at 2 is not kept \(any more\): the diffs that are kept begin at clock 3'
restore 1 h 3
says 'a field that no diff tells' "$err" 'what field name was at 3 is not kept'
history h
says 'history says so' "$out" '^before +the object is older than clock 3: of what it was before, no diff is kept$'
sql "INSERT INTO tasks (owner_id, id, name) VALUES ('$owner', 'row', 'x')"
mobync 0 history --owner "$owner" --model tasks --id row
says 'a row without a diff' "$out" '^before +no diff about the object is kept$'
# Nothing of it may wait for others that share the stack.
told 9 >/dev/null

mobync 1 history --owner History --model tasks --id h
says 'unknown owner' "$err" '^mobync history: no such owner'
mobync 1 history --owner "$owner" --model task --id h
says 'unknown model' "$err" "did you mean 'tasks'"
finish
