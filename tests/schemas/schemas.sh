#!/bin/sh
# An existing schema as a framework makes it, mapped by `mobync map`, and a conversation over it.
# usage: schemas.sh MOBYNC NAME [--write]
#        --write: mapped.yaml and backend.out become what this run has; read what changed
set -u
folder=$(dirname "$0")/$2
write=${3-}
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/../cli/lib.sh"
# shellcheck source=tests/cli/mariadb.sh
. "$(dirname "$0")/../cli/mariadb.sh"

# Everything that the backend could notice of its own columns and keys.
columns() {
    sql "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COALESCE(COLUMN_DEFAULT, '-'), EXTRA,
                COALESCE(COLLATION_NAME, '-'), COLUMN_COMMENT
         FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'app';
         SELECT TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME, NON_UNIQUE
         FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = 'app'" | LC_ALL=C sort
}

# map ARGUMENT…: its YAML is in out
map() {
    run 0 map "$@" -c "$dir/mobync.yaml"
    silent err
}

what=schema.sql
client --user=root app <"$folder/schema.sql" >"$dir/out" 2>"$dir/err" || { fault "MariaDB does not take it"; finish; }
columns >"$dir/before"
cat >"$dir/mobync.yaml" <<END
listen: unix:$dir/mobync.sock
workers: 2
database:
  socket: $socket
  user: mobync
  name: app
auth:
  trusted_param: MOBYNC_OWNER
END

# The whole database as it is known, and in the config the tables of play.yaml with their edits.
map --all
[ -z "$write" ] || cp "$dir/out" "$folder/mapped.yaml"
diff "$folder/mapped.yaml" "$dir/out" >"$dir/diff" ||
    { cat "$dir/diff"; fault "mapped.yaml is not what is printed: if it should be, '$0 $1 $2 --write'"; }
# shellcheck disable=SC2046 # several tables
map $(sed -n 's/^tables: //p' "$folder/play.yaml")
[ ! -e "$folder/edits.sed" ] || sed -i -f "$folder/edits.sed" "$dir/out"
cat "$dir/out" >>"$dir/mobync.yaml"

# Check finds no fault, and what the backend has stays as it is.
run 0 schema --apply -c "$dir/mobync.yaml"
run 0 check -c "$dir/mobync.yaml"
says out "^the config fits the database\$"
columns >"$dir/after"
comm -23 "$dir/before" "$dir/after" >"$dir/changed"
[ ! -s "$dir/changed" ] || { cat "$dir/changed"; fault "mobync schema --apply changed these"; }
[ "$failures" -eq 0 ] || finish

serve_root=
[ "$(id -u)" -ne 0 ] || serve_root=--allow-root
# shellcheck disable=SC2086 # empty, or one option
"$mobync" serve $serve_root -c "$dir/mobync.yaml" >"$dir/log" 2>&1 &
serve_pid=$!
trap 'kill "$serve_pid"; wait "$serve_pid"; stop_database' EXIT
tries=0
until [ -S "$dir/mobync.sock" ]; do
    tries=$((tries + 1))
    { [ "$tries" -lt 600 ] && kill -0 "$serve_pid"; } || { cat "$dir/log"; exit 1; }
    sleep 0.1
done
what="the conversation"
# shellcheck disable=SC2086 # empty, or one option
PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$(dirname "$0")/play.py" "$folder" "$dir/mobync.yaml" \
    "$dir/mobync.sock" "$socket" $write >"$dir/out" 2>"$dir/err" || { cat "$dir/log"; fault failed; finish; }
cat "$dir/out"
! grep -E 'Sanitizer|runtime error|Assertion' "$dir/log" || fault "a sanitizer had something to say"
finish
