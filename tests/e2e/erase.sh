#!/usr/bin/env bash
# An owner is exported and forgotten by the commands of docs/deploy.md: nothing of it is left in any
# table, and whoever comes under that name afterwards starts a new history.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
mkdir -p "$work/s"
e2e_config "$work/s" | sed -e 's/fail_sync/quarantine/' \
    -e 's/^  trusted_param:.*/  tokens: { table: mobync_tokens }/' >"$work/s/e2e.yaml"
cat >>"$work/s/e2e.yaml" <<'YAML'
  - name: tree
    fields:
      - { name: parent, type: string, max_length: 128 }
      - { name: weight, type: float }
      - { name: scan, type: bytes }
YAML
own_stack
erased='erased-owner'
sql "ALTER TABLE tree MODIFY parent VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
     ADD FOREIGN KEY (owner_id, parent) REFERENCES tree (owner_id, id)"

# mobync STATUS ARGUMENT…: leaves out and err
mobync() {
    local wanted=$1 got=0
    shift
    "$MOBYNC_BIN" "$@" -c "$dir/e2e.yaml" >"$work/out" 2>"$work/err" || got=$?
    expect "mobync $*" "$wanted" "$got"
}
declare -A token=([$erased]=$(token_of "$erased") [bob]=$(token_of bob))

# push OWNER CLOCK ID TYPE JSON_DATA
push() {
    sync "${token[$1]}" "$(push_json "$2" "$(diff_json "$3" "$1" "$2" "$4" tasks "$5")")"
}

dump() {
    mariadb-dump --no-defaults --socket="$dir/mysql.sock" --user=mobync --skip-extended-insert \
        --no-create-info --compact --hex-blob app
}

owner_tables() {
    sql "SELECT table_name FROM information_schema.columns WHERE table_schema = 'app'
         AND column_name = 'owner' ORDER BY table_name"
}

# --- something of the owner in every table
for owner in "$erased" bob; do
    push "$owner" 0 "$owner-1" create "{\"id\":\"$owner\",\"name\":\"x\"}"
done
expect 'mobync restored' 0 "$("$MOBYNC_BIN" restored -c "$dir/e2e.yaml" >"$work/out" 2>&1; echo $?)"
for owner in bob "$erased"; do
    push "$owner" 1 "$owner-2" update "{\"id\":\"$owner\",\"name\":\"y\"}"
    expect "$owner has a fork" 200 "$status"
    push "$owner" "$(of_body .logical_clock)" "$owner-3" update "{\"id\":\"$owner\",\"colour\":1}"
    expect "$owner has a rejected diff" '200 1' "$status $(of_body '.rejected | length')"
    "$MOBYNC_BIN" token create --owner "$owner" -c "$dir/e2e.yaml" >"$work/out" 2>&1
done
clock=$(of_body .logical_clock)
for owner in "$erased" bob; do
    # Of now: the pool drains what is old.
    sql "INSERT INTO mobync_changes (owner, model, object_id, op, ms)
         VALUES ('$owner', 'tasks', 'x', 'D', UNIX_TIMESTAMP() * 1000);
         INSERT INTO mobync_summaries (owner, model, object_id, last_clock, last_seq, fields)
         VALUES ('$owner', 'tasks', 'old', 0, 0, '[]')"
done
sql "SET @mobync_own = 'tree';
     INSERT INTO tree (owner_id, id, parent) VALUES ('$erased', 't1', NULL), ('bob', 't1', NULL);
     INSERT INTO tree (owner_id, id, parent, weight, scan) VALUES
         ('$erased', 't2', 't1', 0.1, x'00ff'), ('$erased', 't3', 't2', NULL, NULL);
     UPDATE tree SET parent = 't3' WHERE owner_id = '$erased' AND id = 't1';
     SET @mobync_own = 'tasks';
     INSERT INTO tasks (owner_id, id, name) SELECT '$erased', CONCAT('r', seq), 'x' FROM seq_1_to_2500"
dump >"$work/before"
for table in $(owner_tables); do
    expect_true "$table has rows of the owner" grep -q "^INSERT INTO .$table.*$erased" "$work/before"
done
grep -v "$erased" "$work/before" >"$work/others"

# --- what is kept, as JSON
mobync 0 export --owner "$erased"
expect 'export: every line is JSON, of every table' "diffs mobync_changes mobync_forks mobync_known \
mobync_owners mobync_rejects mobync_summaries mobync_tokens tasks tree" \
    "$(jq -r .table "$work/out" | sort -u | xargs)"
for table in $(jq -r .table "$work/out" | sort -u); do
    column=owner
    [[ $table != tasks && $table != tree ]] || column=owner_id
    expect "export: all rows of $table" "$(sql "SELECT COUNT(*) FROM $table WHERE $column = '$erased'")" \
        "$(jq -r 'select(.table == "'"$table"'") | .table' "$work/out" | wc -l)"
done
expect 'export: types' '{"owner_id":"erased-owner","id":"t2","parent":"t1","weight":0.1,"scan":"00FF"}' \
    "$(jq -c 'select(.row.id == "t2" and .model == "tree") | .row | del(.mobync_id)' "$work/out")"
expect 'export: NULL' null "$(jq -c 'select(.row.id == "t1" and .model == "tree") | .row.weight' "$work/out")"
expect 'export: no hash of a token' 0 "$(grep -c '"hash"' "$work/out" || true)"
expect 'export: of nobody else' 0 "$(grep -c bob "$work/out" || true)"
mobync 0 export --owner nobody
expect 'export: of nobody' 'mobync export: nothing is kept of '"'nobody'"' (case counts)' "$(<"$work/err")"

# --- what is there is counted, and some of it may not be deleted
mobync 1 forget --owner "$erased" --rows --check
expect_true 'forget --check: counts' grep -qx 'tasks: 2501 rows' "$work/out"
admin_sql "CREATE TABLE bill (owner VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
     task VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
     FOREIGN KEY (owner, task) REFERENCES tasks (owner_id, id))
     AS SELECT owner_id AS owner, id AS task FROM tasks WHERE owner_id = '$erased' AND id = '$erased'"
mobync 1 forget --owner "$erased" --rows
expect_true 'forget: a row that other tables refer to' grep -q 'delete the rows that refer to it first' "$work/err"
expect 'forget: … and the history is there' 1 "$(sql "SELECT COUNT(*) > 0 FROM diffs WHERE owner = '$erased'")"
admin_sql 'DROP TABLE bill'
admin_sql "CREATE USER reader@localhost; GRANT SELECT, INSERT, UPDATE ON app.* TO reader@localhost"
sed 's/user: mobync/user: reader/' "$dir/e2e.yaml" >"$dir/reader.yaml"
"$MOBYNC_BIN" forget --owner "$erased" -c "$dir/reader.yaml" >"$work/out" 2>"$work/err" && got=0 || got=$?
expect 'forget: without the privilege' "1 1" \
    "$got $(grep -c 'GRANT SELECT, UPDATE, DELETE ON `app`.`diffs` TO `reader`@`localhost`;' "$work/err")"
admin_sql "$(sed -n 's/^ *GRANT/GRANT/p' "$work/err")"
expect 'forget: the privileges that it names, pasted' 1 \
    "$(admin_sql 'SHOW GRANTS FOR reader@localhost' | grep -c 'DELETE ON `app`.`diffs`')"

# --- gone
mobync 0 forget --owner "$erased" --rows
mobync 0 forget --owner "$erased" --rows --check
expect 'forget --check: nothing' 'nothing is kept of this owner' "$(<"$work/out")"
expect 'nothing of the owner is left' '' "$(dump | grep "$erased" || true)"
dump >"$work/after"
expect_true 'everything else is as it was' cmp "$work/others" "$work/after"
mobync 0 forget --owner "$erased" --rows
expect 'forget: again' '0 rows deleted' "$(<"$work/out")"

# --- afterwards
sync "${token[$erased]}" "{\"logical_clock\":$clock,\"diffs\":[]}"
expect_error 'a device that still has a token and the old clock' 409 INVALID_CLOCK
push "$erased" 0 new-1 create '{"id":"n","name":"new"}'
expect 'a new device may create' 200 "$status"
clock=$(of_body .logical_clock)
push "$erased" "$clock" new-2 update '{"id":"n","name":"newer"}'
expect 'and go on' "200 $((clock + 1))" "$status $(of_body .logical_clock)"
sync "${token[$erased]}" '{"logical_clock":0,"diffs":[]}'
expect 'with what it has sent alone' 'n' "$(of_body '[.diffs[].json_data | fromjson | .id] | unique | join(" ")')"
finish
