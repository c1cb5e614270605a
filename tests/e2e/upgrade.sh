#!/usr/bin/env bash
# Databases of every earlier state of the server's own tables, as dumps (tests/schema/dump): `mobync
# schema --apply` brings them to today's, nothing in them is lost, and their devices go on syncing.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
dumps=$root/tests/schema/dumps
mkdir "$work/s"
sed "s|@DIR@|$work/s|" "$root/tests/schema/upgrade.yaml.in" >"$work/s/e2e.yaml"
# The dumps grow older; their rows and ids are to stay.
printf 'history: { keep: forever, deletes: forever }\n' >>"$work/s/e2e.yaml"
own_stack

mobync() {
    "$MOBYNC_BIN" "$@" -c "$dir/e2e.yaml" >"$work/out" 2>"$work/err"
}

# What tables are made of, whatever the order of columns.
shape() {
    sql "SELECT table_name, column_name, column_type, is_nullable, column_default, extra, collation_name
             FROM information_schema.columns WHERE table_schema = 'app' ORDER BY 1, 2;
         SELECT table_name, index_name, non_unique, seq_in_index, column_name
             FROM information_schema.statistics WHERE table_schema = 'app' ORDER BY 1, 2, 4"
}

# Columns that the table has now, of every row: $columns is kept from before the upgrade. The
# generation is raised where triggers are made.
columns_of() {
    sql "SELECT GROUP_CONCAT('\`', column_name, '\`' ORDER BY ordinal_position)
         FROM information_schema.columns WHERE table_schema = 'app' AND table_name = '$1'
             AND column_name <> 'generation'"
}

content() {
    local table
    for table in "${!columns[@]}"; do
        printf '%s\n' "$table"
        sql "SELECT ${columns[$table]} FROM \`$table\`" | sort
    done
}

# A dump is MariaDB's: in MySQL's words, its own tables have that one's collation and defaults, and
# a JSON column is one of text.
in_words_of_server() {
    if [[ ${MOBYNC_TEST_SERVER:-} == mysql ]]; then
        sed -E 's/utf8mb4_nopad_bin/utf8mb4_0900_bin/g; s/DEFAULT uuid_short\(\)/DEFAULT (uuid_short())/' "$1"
    else
        cat "$1"
    fi
}

load() {
    admin_sql 'DROP DATABASE app; CREATE DATABASE app CHARACTER SET utf8mb4'
    in_words_of_server "$1" >"$work/dump.sql"
    admin_sql "source $work/dump.sql"
}

# upgrade NAME
upgrade() {
    local name=$1 workers table
    local -A columns=()
    load "$dumps/$name.sql"
    for table in $(sql 'SHOW TABLES'); do
        columns[$table]=$(columns_of "$table")
    done
    content >"$work/before"
    expect_true "$name: there are rows" test "$(sql 'SELECT COUNT(*) FROM diffs')" -gt 10
    expect_true "$name: schema --apply" mobync schema --apply
    # What only an administrator may do, it says.
    sed -n '/administrator run:$/,$ { /administrator/d; s/^-- //p }' "$work/err" >"$work/admin.sql"
    [[ ! -s $work/admin.sql ]] || admin_sql "source $work/admin.sql"
    expect "$name: all tables and columns as today's" "$today" "$(shape)"
    content >"$work/after"
    expect_true "$name: no row has changed" cmp "$work/before" "$work/after"
    expect_true "$name: check" mobync check
    expect "$name: check is clean" 'the config fits the database' "$(<"$work/out")"
    expect_true "$name: schema --apply again" mobync schema --apply
    expect "$name: there is nothing to do" 'mobync schema: nothing to do' "$(cat "$work/out" "$work/err")"
    # Their connections are those to the database that was dropped.
    workers=$(worker_pids)
    kill -s HUP "$(serve_pid)"
    wait_until 20 workers_are_others_than "$workers" || expect "$name: serve has reloaded" '' "$workers"
    sync "$(<"$dumps/$name.token")" '{"logical_clock":0,"diffs":[]}'
    expect "$name: a token of then" '200 true' "$status $(of_body '.diffs | length > 0')"
    expect "$name: its devices go on" '' \
        "$(python3 "$root/tests/schema/old_devices.py" go_on "$dir" "$(stack_port)" "$dumps/$name.json" 2>&1)"
    if grep -q '^INSERT INTO `mobync_rejects`' "$dumps/$name.sql"; then
        expect_true "$name: reject list" mobync reject list --json
        expect "$name: the refused diffs are kept" 2 "$(wc -l <"$work/out")"
    fi
}

today=$(shape)
newest=
for dump in "$dumps"/*.sql; do
    newest=$(basename "$dump" .sql)
    upgrade "$newest"
done
load "$dumps/$newest.sql"
expect "$newest has today's tables (else: tests/schema/dump NAME adds a dump of them)" "$today" "$(shape)"
finish
