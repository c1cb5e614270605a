#!/usr/bin/env bash
# A backup by the line of docs/deploy.md, restored as that page says into another database server,
# which serve is pointed at: what came after the dump is brought back by the devices.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
own_stack
owner=alice
token=$(token_of alice)
base=$((1 << 32))

# push CLOCK ID TYPE JSON_DATA
push() {
    sync "$token" "$(push_json "$1" "$(diff_json "$2" "$owner" "$1" "$3" tasks "$4")")"
}

pull() {
    sync "$token" "{\"logical_clock\":$1,\"diffs\":[]}"
}

clock() {
    of_body .logical_clock
}

content() {
    local table
    for table in $(sql 'SHOW TABLES'); do
        printf '%s\n' "$table"
        sql "SELECT * FROM \`$table\`" | sort
    done
}

# The lines of the page, with these servers' sockets.
page_line() {
    sed -n "s/.*\(^ *\|[\`(]\)$1 \([^\`]*\).*/\2/p" "$root/docs/deploy.md" | grep mobync.sql
}
dump_line=$(page_line mariadb-dump)
load_line=$(page_line mariadb)
expect_true 'docs/deploy.md has the lines' test -n "$dump_line" -a -n "$load_line"

push 0 a1 create '{"id":"x","name":"Grüße 😀","tags":[1,2]}'
push 1 a2 create '{"id":"y","name":"y"}'
content >"$work/before"
cd "$work"
eval "mariadb-dump --no-defaults --socket='$dir/mysql.sock' $dump_line"
expect_true 'the dump' test -s mobync.sql
push 2 a3 update '{"id":"x","name":"after the dump"}'
push 3 a4 delete '{"id":"y"}'
expect 'after the dump' '200 4' "$status $(clock)"

# --- another server
start_mariadb "$work/other" --skip-networking
eval "mariadb --no-defaults --socket='$work/other/mysql.sock' $load_line"
(dir=$work/other content) >"$work/after"
expect_true 'restored: every row, byte by byte' cmp "$work/before" "$work/after"
expect 'the procedure comes with it' 1 "$(dir=$work/other sql \
    "SELECT COUNT(*) FROM information_schema.routines WHERE routine_name = 'mobync_flush'")"

# --- the steps of the page, with serve stopped
serve_stop
sed -i "s|$dir/mysql.sock|$work/other/mysql.sock|" "$dir/e2e.yaml"
expect 'schema --apply has nothing to do' 'mobync schema: nothing to do' \
    "$("$MOBYNC_BIN" schema --apply -c "$dir/e2e.yaml" 2>&1 | tail -n 1)"
expect 'mobync restored' 0 "$("$MOBYNC_BIN" restored -c "$dir/e2e.yaml" >"$work/out" 2>&1; echo $?)"
expect_true 'check' "$MOBYNC_BIN" check -c "$dir/e2e.yaml"
binary=$MOBYNC_BIN config=$dir/e2e.yaml serve_start
wait_until 30 is_healthy "$(stack_port)"

# --- its devices
pull 4
expect 'a device that is ahead' '409 INVALID_CLOCK 2' "$status $(of_body .error.code) $(of_body .restart_clock)"
pull 2
expect 'a device that is not' '200 2' "$status $(clock)"
push 2 b1 create '{"id":"z","name":"of another"}'
expect 'another device goes on from the base' "200 $((base + 1))" "$status $(clock)"
sync "$token" "$(push_json 2 "$(diff_json a3 "$owner" 2 update tasks '{"id":"x","name":"after the dump"}')" \
    "$(diff_json a4 "$owner" 3 delete tasks '{"id":"y"}')")"
expect 'sent again from restart_clock' "200 $((base + 2)) z" \
    "$status $(clock) $(of_body '[.diffs[].json_data | fromjson | .id] | join(" ")')"
pull 0
expect 'a new device has all of it' 'x z' \
    "$(of_body '[.diffs[] | select(.type == "create") | .json_data | fromjson | .id] | unique | join(" ")')"
expect 'the rows of the table' $'x\tafter the dump\nz\tof another' \
    "$(dir=$work/other sql "SELECT id, name FROM tasks WHERE owner_id = 'alice' ORDER BY id")"
finish
