#!/usr/bin/env bash
# Two versions of an app through nginx: the paths with a number, WatermelonDB's and RxDB's, whole
# documents that do not clear what they do not see, refused diffs, and who still syncs.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir "$work/s"
e2e_config "$work/s" | sed 's|fail_sync|quarantine|' >"$work/s/e2e.yaml"
own_stack
token=$(token_of alice)

# call PATH BODY: the status in $status, the body in $work/answer
call() {
    status=$(curl -sS -o "$work/answer" -w '%{http_code}' -H "Authorization: Bearer $token" \
        -H 'Content-Type: application/json' -d "$2" "$url$1")
}

of_answer() {
    jq -c "$1" "$work/answer"
}

# change VERSION_PATH CLOCK ID TYPE OBJECT [FIELDS]
change() {
    call "$1" "$(jq -cn --arg id "$3" --arg type "$4" --argjson clock "$2" \
        --arg data "$(jq -cn --arg id "$5" '{id: $id} + '"${6:-null}")" \
        '{logical_clock: $clock, diffs: [{id: $id, owner: "alice", logical_clock: $clock, utc_timestamp: 5, type: $type, model: "tasks", json_data: $data}]}')"
}

reload() {
    local before
    before=$(worker_pids)
    kill -s HUP "$(serve_pid)"
    wait_until 20 workers_are_others_than "$before" || expect 'serve has reloaded' '' "$before"
}

call /sync/9 '{"logical_clock":0,"diffs":[]}'
expect 'without versions, any number is the one there is' 200 "$status"
call /sync/x '{"logical_clock":0,"diffs":[]}'
expect 'a path that ends in a word is none' '404 "NOT_FOUND"' "$status $(of_answer .error.code)"

sed -i 's/name: name, type/name: title, column: name, type/' "$dir/e2e.yaml"
cat >>"$dir/e2e.yaml" <<'END'
newest_version: 5
versions:
  - version: 3
    models:
      tasks: { rename: { title: name }, without: [score], defaults: { priority: 7 }, values: { done: { true: "yes", false: "no" } } }
  - { version: 2, retired: true }
END
reload

change /sync/3 0 d1 create t1 '{name: "Milk", done: "yes"}'
expect 'version 3 creates' '200 []' "$status $(of_answer .diffs)"
expect 'its row has the default' 'Milk 1 7' "$(sql "SELECT name, done, priority FROM tasks WHERE id = 't1'" | tr '\t' ' ')"
change /sync/5 0 d2 update t1 '{score: 1.5, priority: 3}'
expect 'version 5 is told it in its own words' '["Milk",1,3]' \
    "$(of_answer '.diffs[0].json_data | fromjson | [.title, .done, .priority]')"
change /sync 5 d3 update t1 '{title: "x"}'
expect 'a clock is checked in any version' '409' "$status"
call /sync/3 '{"logical_clock":1,"diffs":[]}'
expect 'what version 3 does not see it is not told' '200 [] 2' "$status $(of_answer .diffs) $(of_answer .logical_clock)"

change /sync/3 2 d4 update t1 '{score: 2}'
expect 'a field that it does not see it cannot set' '"INVALID_DATA" "score"' \
    "$(of_answer '.rejected[0].code') $(of_answer '.rejected[0].field')"
change /sync/3 3 d5 update t1 '{done: "maybe"}'
expect 'the field at fault is called as it calls it' '"done"' "$(of_answer '.rejected[0].field')"
change /sync/3 4 d6 update t1 '{name: null}'
expect 'another one, too' '"name"' "$(of_answer '.rejected[0].field')"
expect 'a refused diff keeps its version' 3 \
    "$("$MOBYNC_BIN" reject show d6 -c "$dir/e2e.yaml" | grep -o 'schema_version.*' | grep -o '[0-9]' | head -n 1)"

call /sync/2 '{"logical_clock":0,"diffs":[]}'
expect 'a retired version' '410 "OUTDATED_APP"' "$status $(of_answer .error.code)"
call /sync/4 '{"logical_clock":0,"diffs":[]}'
expect 'one that is not listed' '410 "OUTDATED_APP"' "$status $(of_answer .error.code)"
call /sync/6 '{"logical_clock":0,"diffs":[]}'
expect 'one to come' '400 "INVALID_REQUEST"' "$status $(of_answer .error.code)"
call /sync '{"logical_clock":0,"schema_version":"3","diffs":[]}'
expect 'no number' '400 "INVALID_REQUEST"' "$status $(of_answer .error.code)"

# WatermelonDB, whose push has raw records.
call /watermelon/pull '{"lastPulledAt":null,"schemaVersion":3,"migration":null}'
expect 'a pull of WatermelonDB in version 3' '200 ["done","id","name","tags"] "yes"' \
    "$status $(of_answer '.changes.tasks.updated[0] | keys') $(of_answer '.changes.tasks.updated[0].done')"
at=$(of_answer .timestamp)
call /watermelon/push/3 "{\"lastPulledAt\":$at,\"changes\":{\"tasks\":{\"created\":[{\"id\":\"t2\",\"name\":\"Roof\"}],\"updated\":[{\"id\":\"t1\",\"name\":\"Milk!\",\"done\":\"no\",\"_changed\":\"name,done\"}],\"deleted\":[]}}}"
expect 'a push of WatermelonDB in version 3' '200 {}' "$status $(<"$work/answer")"
expect 'keeps what it does not see' 'Milk! 0 3 1.5|Roof NULL 7 NULL|' \
    "$(sql "SELECT name, done, priority, score FROM tasks ORDER BY id" | tr '\t\n' ' |')"
call /watermelon/pull/2 '{"lastPulledAt":null}'
expect 'a retired version of WatermelonDB' 410 "$status"

# RxDB, which pushes whole documents.
call /rxdb/tasks/pull/3 '{"checkpoint":null,"limit":10}'
expect 'a pull of RxDB in version 3' '200 "Milk!" "no" null' \
    "$status $(of_answer '.documents[] | select(.id == "t1") | .name') $(of_answer '.documents[] | select(.id == "t1") | .done') $(of_answer '.documents[] | select(.id == "t1") | .score')"
state=$(of_answer '.documents[] | select(.id == "t1")')
call /rxdb/tasks/push/3 "$(jq -cn --argjson state "$state" '[{newDocumentState: ($state + {name: "Cow"}), assumedMasterState: $state}]')"
expect 'a push of RxDB in version 3' '200 []' "$status $(<"$work/answer")"
call /rxdb/tasks/push/3 '[{"newDocumentState":{"id":"t1","name":"Sheep","_deleted":false}}]'
expect 'a document that assumes nothing gets its conflict' '200 ["Cow"]' "$status $(of_answer '[.[].name]')"
expect 'whole documents keep what they do not see' 'Cow 0 3 1.5' \
    "$(sql "SELECT name, done, priority, score FROM tasks WHERE id = 't1'" | tr '\t' ' ')"

series() {
    curl -sS "$url/metrics" | sed -n "s/^mobync_version_syncs_total{version=\"$1\"} //p"
}
expect_true 'version 3 is counted' test "$(series 3)" -ge 8
expect 'one that is not configured is not' '' "$(series 4)"
expect 'status says the same' "$(series 3)" \
    "$("$MOBYNC_BIN" status --json -c "$dir/e2e.yaml" | jq '.versions[] | select(.version == 3) | .syncs')"
finish
