#!/usr/bin/env bash
# mobync explain and mobync pull on a whole stack: two devices that write at once, a refused diff,
# and the customer's own SQL. What pull prints is what POST /sync answers, byte for byte.
# Environment: that of the e2e tests (tests/e2e/lib.sh).
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"
mkdir -p "$work/s"
e2e_config "$work/s" | sed 's/fail_sync/quarantine/' >"$work/s/e2e.yaml"
cat >>"$work/s/e2e.yaml" <<'YAML'
  - name: kinds
    fields:
      - { name: local, type: datetime }
      - { name: utc, type: datetime, zone: UTC }
      - { name: stamp, type: timestamp }
      - { name: ms, type: datetime_ms }
      - { name: day, type: date }
      - { name: clock, type: time }
      - { name: price, type: decimal }
      - { name: kind, type: enum, values: [oak, ash tree] }
      - { name: tools, type: set, values: [axe, saw, rope] }
      - { name: tag, type: uuid }
      - { name: scan, type: bytes }
      - { name: serial, type: integer, as: string }
      - { name: done, type: boolean }
      - { name: ratio, type: float }
      - { name: list, type: list }
      - { name: any, type: json }
YAML
own_stack
settings=$dir/e2e.yaml
alice=$(token_of alice)

# write ID CLOCK TIME TYPE JSON_DATA: a diff of tasks
write() {
    diff_json "$1" alice "$2" "$4" tasks "$5" | jq -c --argjson time "$3" '.utc_timestamp = $time'
}

# push CLOCK DIFF…: must succeed
push() {
    sync "$alice" "$(push_json "$@")"
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

# object ID ARGUMENT…: explains one of alice's tasks as JSON
object() {
    mobync 0 explain --owner alice --model tasks --id "$@" --json
}

of_out() {
    jq -r "$1" <<<"$out"
}

has() {
    grep -qE -- "$2" <<<"$1"
}

says() {
    expect_true "$1" has "$out" "$2"
}

complains() {
    expect_true "$1" has "$err" "$2"
}

# --- the story, without triggers: what other SQL writes stays untold until the end
mobync 0 schema --remove-triggers --apply
push 0 "$(write d1 0 1604114123778 create '{"id":"t1","name":"Buy milk","done":false,"tags":["a", "b"]}')" \
    "$(write d2 0 1604114123779 create '{"id":"t2","name":"Call Bob"}')"
push 1 "$(write d3 1 1604114999000 update '{"id":"t1","name":"Buy oat milk"}')"
# Another device, which has not seen d3: its name loses, its priority wins.
push 1 "$(write d4 1 1604114500000 update '{"id":"t1","name":"Buy soy milk","priority":2}')"
# The first one again, with a clock that is behind, one diff that is wrong, and a delete.
push 3 "$(write d5 3 1604114400000 update '{"id":"t1","priority":3}')" \
    "$(write d6 3 1604114400001 update '{"id":"t1","priority":"high"}')" \
    "$(write d7 3 1604114400002 delete '{"id":"t2"}')"
# The other one, concurrently and earlier: nothing of it is left.
push 3 "$(write d8 3 1604114300000 update '{"id":"t1","priority":9}')"
push 5 "$(write d9 5 1604115000000 create '{"id":"t3","name":"Gone"}')" \
    "$(write d16 5 1604115000000 create '{"id":"t4","name":"Brief"}')"
# Deleted and created again in one sync; merged of two with times of their own.
push 6 "$(write d10 6 1604115000001 delete '{"id":"t3"}')" \
    "$(write d11 6 1604115000002 create '{"id":"t3","name":"Anew"}')" \
    "$(write d12 6 1604115000003 update '{"id":"t3","priority":1}')" \
    "$(write d17 6 1604115000003 delete '{"id":"t4"}')"
# Other SQL: fields, a row that goes, rows that no create tells of.
sql "UPDATE tasks SET done = 1, score = 1.5 WHERE id = 't1'; DELETE FROM tasks WHERE id = 't3';
     INSERT INTO tasks (owner_id, id, name) VALUES ('alice', 't7', 'x'), ('alice', 't8', 'x'), ('alice', 't9', 'x')"
push 7 "$(write d13 7 1604115000004 delete '{"id":"t7"}')" \
    "$(write d14 7 1604115000005 update '{"id":"t8","name":"y"}')"
sql "DELETE FROM tasks WHERE id = 't8'"
last_clock=8
before=$(checksum)

# --- one object
object t1
expect 'the stored diffs, in order' 'd1 0/0 create d3 1/0 update d4 2/0 update d5 3/0 update' \
    "$(of_out '[.diffs[] | "\(.id) \(.logical_clock)/\(.seq) \(.type)"] | join(" ")')"
expect 'a diff that lost a field is stored without it' '{"id":"t1","priority":2}' "$(of_out '.diffs[2].json_data | tojson')"
expect 'client timestamp, both ways' '1604114123778 2020-10-31T03:15:23.778Z' \
    "$(of_out '.diffs[0] | "\(.utc_timestamp) \(.time)"')"
expect 'who won which field, and why' \
    'name d3 later_time d1, done d1 only -, priority d5 later_clock d4, score - - -, tags d1 only -' \
    "$(of_out '[.fields[] | "\(.name) \(.set_by.id // "-") \(.why // "-") \(.rival.id // "-")"] | join(", ")')"
expect 'where row and diffs differ' 'live true true done' \
    "$(of_out '"\(.state) \(.row) \(.differs) \([.fields[] | select(.differs) | .name] | join(" "))"')"
expect 'what no diff set: the row' 1.5 "$(of_out '.fields[] | select(.name == "score") | .row')"
expect 'the refused diff' 'd6 3 INVALID_DATA priority' \
    "$(of_out '.rejects[] | "\(.id) \(.logical_clock) \(.code) \(.field)"')"
expect 'what had no effect' 'd8 4 false false, d6 3 true true' \
    "$(of_out '[.known[] | select(.id | startswith("d")) | "\(.id) \(.logical_clock) \(.rejected) \(.beside)"] | join(", ")')"
expect 'no clock, no response' null "$(of_out .answer)"

mobync 0 explain --owner alice --model tasks --id t1 --clock 1
says 'table: a diff' '^ +2 +0  2020-10-31T03:21:40.000Z  1604114500000  update  d4  priority=2$'
says 'table: later by client timestamp' '^name .*"Buy oat milk".* d3 .*later by client timestamp than d1 \(clock 0, '
says 'table: not concurrent' '^priority  3 .* d5 .*not concurrent: its device had seen d4 \(clock 2, later by client timestamp'
says 'table: the only one' '^done +false .* 1 +the only one that set it$'
says 'table: the row' '^ROW in table tasks: there, as the diffs say; but not the same in done \('
says 'table: refused' '  d6  INVALID_DATA  priority  field priority: '
says 'table: no effect' '^ +4  d8 .*without effect, as all of its sync'
says 'table: the server'\''s own' 'made by the server'
says 'table: the response' '^A DEVICE AT CLOCK 1: it is sent this$'
says 'table: what it is sent' 'update  tasks  t1      d5  name="Buy oat milk" priority=3$'

object t3
expect 'created again: both diffs of one clock, a merged one with its times' \
    'd9 5/0 create null d10 6/0 delete null d12 6/1 create {"priority":1604115000003}' \
    "$(of_out '[.diffs[] | "\(.id) \(.logical_clock)/\(.seq) \(.type) \(.field_times | tojson)"] | join(" ")')"
expect 'created again: a field'\''s own time' '1604115000003 only' \
    "$(of_out '.fields[] | select(.name == "priority") | "\(.set_by.utc_timestamp) \(.why)"')"
expect 'removed by other SQL' 'live false true' "$(of_out '"\(.state) \(.row) \(.differs)"')"
mobync 0 explain --owner alice --model tasks --id t3
says 'removed by other SQL, in words' '^ROW .*: gone, though the diffs leave it there: other SQL has removed it$'

# --- why a device is sent nothing
reason() {
    object "$2" --clock "$3"
    expect "$1" "$4" "$(of_out '"\(.answer.reason) \(.answer.diffs | length)"')"
}
reason 'sent' t1 1 'sent 1'
reason 'the clock is ahead' t1 $((last_clock + 1)) 'ahead 0'
reason 'no diff, and a row' t9 1 'no_diff 0'
reason 'no diff, no row' t99 1 'no_diff 0'
reason 'a new device: no diff, and a row' t9 0 'sent 1'
reason 'a new device: no diff, no row' t99 0 'no_diff 0'
reason 'told before' t1 4 'seen 0'
reason 'told before, and deleted' t2 4 'seen 0'
reason 'created and deleted since' t4 5 'cancelled 0'
reason 'a new device: created and deleted' t4 0 'gone 0'
reason 'a new device: other SQL removed the row' t8 0 'row_gone 0'
object t9
expect 'a row that no diff tells of' 'unheard true true 0' "$(of_out '"\(.state) \(.row) \(.differs) \(.diffs | length)"')"

# --- pull, against the server, at every clock; and each object's answer against it
for ((clock = 0; clock <= last_clock + 1; clock++)); do
    sync "$alice" "{\"logical_clock\":$clock,\"diffs\":[]}"
    cp "$work/body" "$work/answer"
    mobync $((clock > last_clock)) pull --owner alice --clock "$clock" --json
    expect_true "pull at clock $clock: byte for byte" cmp "$work/answer" "$work/out"
    for id in t1 t2 t3 t4 t7 t8 t9; do
        object "$id" --clock "$clock"
        expect "explain $id at clock $clock: as in the response" \
            "$(jq -c --arg id "$id" '[.diffs[] | select((.json_data | fromjson).id == $id)]' "$work/answer")" \
            "$(of_out '.answer.diffs | tojson')"
    done
done
mobync 1 pull --owner alice --clock 9
complains 'pull: ahead' 'clock 9 is ahead of the server.s 8: reset the device with clock 0'
expect 'pull: ahead, nothing on standard output' '' "$out"
mobync 0 pull --owner alice --clock 3
says 'pull: a row' '^ +3  2020-10-31T03:20:00.000Z  1604114400000  update  tasks  t1      d5   priority=3$'
says 'pull: what then' "^[0-9]+ diffs; the device's clock is then 8\$"

# --- the owner
mobync 0 explain --owner alice --clock 3 --json
expect 'owner: diffs by type' '5 4 4' \
    "$(of_out '.models[] | select(.model == "tasks") | "\(.creates) \(.updates) \(.deletes)"')"
expect 'owner: objects' '6 3 3 2' "$(of_out '.models[0] | "\(.objects) \(.live) \(.deleted) \(.rows)"')"
expect 'owner: the rest' '8 {"INVALID_DATA":1} 1' "$(of_out '"\(.next_clock) \(.rejects | tojson) \(.known_rejected)"')"
sync "$alice" '{"logical_clock":3,"diffs":[]}'
expect 'owner: what is sent' "$(of_body '[.diffs[].type] | sort | group_by(.) | map("\(.[0]) \(length)") | sort | join(" ")')" \
    "$(of_out '.models[0].answer | to_entries | map(select(.value > 0) | "\(.key[:-1]) \(.value)") | sort | join(" ")')"
mobync 0 explain --owner alice --clock 9
says 'owner: ahead' '^A DEVICE AT CLOCK 9: it gets 409 INVALID_CLOCK '
says 'owner: other SQL' '^tasks .*other SQL has created or removed rows$'

# --- what cannot be answered
mobync 1 explain --owner alice --model task --id t1
complains 'unknown model' "e2e.yaml has no model 'task': did you mean 'tasks'\?\$"
mobync 1 explain --owner Alice
complains 'unknown owner' "^mobync explain: no such owner: nobody has ever sent a diff as 'Alice' \(case counts\)\$"
mobync 1 explain --owner Alice --model tasks --id t1
complains 'unknown owner of an object' 'no such owner'
expect 'unknown owner: nothing on standard output' '' "$out"
mobync 0 pull --owner Alice --clock 0
complains 'pull of an unknown owner says so' "nobody has ever sent a diff as 'Alice'"
sed "s|$dir/mysql.sock|$dir/no.sock|" "$settings" >"$work/away.yaml"
for command in explain 'pull --clock 0'; do
    # shellcheck disable=SC2086
    expect 'the database is away' 1 \
        "$("$MOBYNC_BIN" $command --owner alice -c "$work/away.yaml" >/dev/null 2>"$work/err" || echo $?)"
    expect_true 'the database is away: which' grep -q 'no.sock' "$work/err"
done

# --- nothing is written, and no lock is waited for
expect 'nothing has changed' "$before" "$(checksum)"
lock_begin "SELECT next_clock FROM mobync_owners WHERE owner = 'alice' FOR UPDATE; SELECT id FROM tasks FOR UPDATE"
for arguments in 'explain --model tasks --id t1 --clock 0' 'explain' 'pull --clock 3'; do
    # shellcheck disable=SC2086
    expect_true "beside a lock: $arguments" timeout 30 "$MOBYNC_BIN" $arguments --owner alice -c "$settings" >/dev/null
done
lock_end

# --- texts of any kind, models that are not mapped any more
push 8 "$(write d15 8 1604115000006 create \
    "$(jq -cn '{id: "t\u001bx", name: ("ü" * 200)}')")"
mobync 0 explain --owner alice --model tasks --id $'t\ex'
says 'a wide value is cut' '"ü+…'
expect_true 'nothing steers the terminal' test "$(grep -c $'\e' "$work/out")" = 0
sql "INSERT INTO diffs (owner, logical_clock, seq, id, \`utc_timestamp\`, type, model, object_id, json_data)
     VALUES ('alice', 9, 0, 'old1', 5, 'create', 'old', 'o1', '{\"id\":\"o1\"}');
     UPDATE mobync_owners SET next_clock = 10 WHERE owner = 'alice'"
mobync 0 explain --owner alice
says 'a model that is not mapped' '^old +1 .* not mapped'

# --- histories of more than one part
sql "INSERT INTO mobync_owners (owner, next_clock, reconciled, adopted)
     SELECT 'big', 1200, generation, TRUE FROM mobync_lineage WHERE slot = 0;
     INSERT INTO tasks (owner_id, id, name) SELECT 'big', CONCAT('o', seq), 'n' FROM seq_0_to_1999;
     INSERT INTO diffs (owner, logical_clock, seq, id, \`utc_timestamp\`, type, model, object_id, json_data)
     SELECT 'big', seq DIV 10, seq MOD 10, CONCAT('b', seq), 1604114123778 + seq,
            IF(seq < 2000, 'create', 'update'), 'tasks', object_id,
            CONCAT('{\"id\":\"', object_id, '\",\"name\":\"n', seq, '\"}')
     FROM (SELECT seq, IF(seq >= 2000 AND seq MOD 8 = 0, 'o0', CONCAT('o', seq MOD 2000)) AS object_id
           FROM seq_0_to_11999) s"
mobync 0 explain --owner big --model tasks --id o0 --json
expect 'many diffs: all of them, in order' '1251 true b0 b11992' \
    "$(of_out '"\(.diffs | length) \(([.diffs[] | .logical_clock * 10 + .seq] | . == (. | unique))) \(.diffs[0].id) \(.diffs[-1].id)"')"
expect 'many diffs: the last wins' 'b11992 later_time' "$(of_out '.fields[0] | "\(.set_by.id) \(.why)"')"
for clock in 0 600; do
    sync "$(token_of big)" "{\"logical_clock\":$clock,\"diffs\":[]}"
    mobync 0 pull --owner big --clock "$clock" --json
    expect_true "a large answer at clock $clock: byte for byte" cmp "$work/body" "$work/out"
    mobync 0 explain --owner big --clock "$clock" --json
    expect "a large answer at clock $clock, counted" "$(of_body '.diffs | length')" \
        "$(of_out '.models[0].answer | add')"
    mobync 0 explain --owner big --model tasks --id o0 --clock "$clock" --json
    expect "one of many objects at clock $clock" \
        "$(of_body '.diffs[] | select((.json_data | fromjson).id == "o0") | tojson')" \
        "$(of_out '.answer.diffs[] | tojson')"
done
mobync 0 explain --owner big
says 'many diffs, counted' '^diffs +12000 stored'

# --- a field of every type: what a diff says, in whatever spelling, and what the row has
kinds='{"id":"k1","local":"2026-11-29T11:02:03.5","utc":"2026-11-29T12:32:03.250+01:30","stamp":"2026-11-29T11:02:03Z","ms":1764414123456,"day":"2024-02-29","clock":"-11:02:03","price":"12.5","kind":"ash tree","tools":["rope", "axe"],"tag":"5b0cf2a1-90f3-4c40-a2f5-0d3c5e0e8a11","scan":"AAECAw==","serial":"9007199254740993","done":true,"ratio":0.1,"list":[1, "a"],"any":{"a": [null]}}'
sync "$(token_of bob)" "$(push_json 0 "$(diff_json d15 bob 0 create kinds "$kinds")")"
expect 'every type: the push' '200 true' "$status $(of_body .success)"
mobync 0 explain --owner bob --model kinds --id k1 --json
expect 'every type: the row is as the diffs say' 'false ' \
    "$(of_out '"\(.differs) \([.fields[] | select(.differs) | .name] | join(" "))"')"
expect 'every type: its value in the row' \
    'local="2026-11-29T11:02:03.500000" utc="2026-11-29T11:02:03.250000Z" stamp="2026-11-29T11:02:03.000000Z" ms=1764414123456 day="2024-02-29" clock="-11:02:03.000000" price="12.500000" kind="ash tree" tools=["axe","rope"] tag="5b0cf2a1-90f3-4c40-a2f5-0d3c5e0e8a11" scan="AAECAw==" serial="9007199254740993" done=1 ratio=0.1 list=[1,"a"] any={"a":[null]}' \
    "$(of_out '[.fields[] | "\(.name)=\(.row | tojson)"] | join(" ")')"
mobync 0 explain --owner bob --model kinds --id k1
says 'every type, in the table' '^utc +"2026-11-29T11:02:03.250(000)?Z" .* d15 '
sql "SET SESSION sql_mode = 'STRICT_TRANS_TABLES'; -- which lets zero dates in
     UPDATE kinds SET local = 0, utc = NULL, stamp = NULL, ms = NULL, day = NULL, clock = '11:02:03', price = 12.51,
     kind = 'oak', tools = 'axe', tag = NULL, scan = x'00', serial = 9007199254740992, done = 0, ratio = 0.2,
     list = '[1]', any = '{}' WHERE id = 'k1'"
mobync 0 explain --owner bob --model kinds --id k1 --json
expect 'every type: what other SQL set' 16 "$(of_out '[.fields[] | select(.differs)] | length')"

# --- with triggers again, which have all owners compared
mobync 0 schema --apply
sync "$alice" '{"logical_clock":10,"diffs":[]}'
expect 'compared: what other SQL did' '200 update t1, create t9, delete t3, delete t9' \
    "$status $(of_body '[.diffs[] | [.type, (.json_data | fromjson | .id)]] | map(select(.[1] != "t8")) |
                        sort_by(.[0] != "update", .[0] != "create") | map(join(" ")) | join(", ")')"
object t1
expect 'compared: set by SQL, at a time that nobody noted' 'false true 0' \
    "$(of_out '"\(.differs) " + (.fields[] | select(.name == "done") | .set_by | "\(.from_sql) \(.utc_timestamp)")')"
sql "UPDATE tasks SET name = 'by SQL' WHERE owner_id = 'alice' AND id = 't1'"
object t1
expect 'noted: not told before the next sync' 'true name' \
    "$(of_out '"\(.differs) \([.fields[] | select(.differs) | .name] | join(" "))"')"
sync "$alice" '{"logical_clock":11,"diffs":[]}'
expect 'noted: told' '200 12 update {"id":"t1","name":"by SQL"}' \
    "$status $(of_body '"\(.logical_clock) \(.diffs[] | "\(.type) \(.json_data)")"')"
mobync 0 explain --owner alice --model tasks --id t1
says 'noted: marked among the diffs' '^ +11 +0 .* update +SQL: [0-9a-f-]+ +name="by SQL"$'
says 'noted: whom it won against' '^name +"by SQL" +SQL: .* later by client timestamp than d3 '

# --- a table that is missing
sql "RENAME TABLE mobync_rejects TO elsewhere"
mobync 1 explain --owner alice
complains 'a table is missing' 'mobync schema --apply'
sql "RENAME TABLE elsewhere TO mobync_rejects"

finish
