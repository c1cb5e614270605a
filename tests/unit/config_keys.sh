#!/bin/sh
# Every key of the config's key table is read by the loader, and stands in the shipped example
# and in the manual.
# usage: config_keys.sh SOURCE_DIR
set -eu

cd "$1"
table=src/config/config_keys.c
faults=0

# "key struct member" of each row of the tables
rows=$(sed -nE 's/^ +(STRING|CYAML_FIELD_[A-Z_]+)\("([a-z_]+)", [A-Z]+, struct ([a-z_]+), ([a-z_]+).*/\2 \3 \4/p' "$table")
row_count=$(printf '%s\n' "$rows" | grep -c .)
written=$(grep -cE '^ +(STRING|CYAML_FIELD_[A-Z_]+)\("' "$table")

fault() {
    echo "$*" >&2
    faults=$((faults + 1))
}

if [ "$row_count" -eq 0 ] || [ "$row_count" -ne "$written" ]; then
    fault "$table: $written rows, of which this test understands $row_count"
fi

# one row a line, in a here-document: a pipe's loop would count in a process of its own
while read -r key struct member; do
    grep -qE "[*[:space:]]$member;" src/config/config_keys.h ||
        fault "$key: struct $struct has no member $member"
    sed 's/into->//g' src/config/load.c | grep -qE -- "->$member\b" ||
        fault "$key: src/config/load.c never reads $member"
    grep -qE "(^|[ {])$key:( |\$)" conf/mobync.yaml ||
        fault "$key: not in conf/mobync.yaml"
    grep -qE "^\| \`([a-z_.]|\[\])*\b$key\` \|" docs/config.md ||
        fault "$key: not in a table of docs/config.md"
done <<ROWS
$rows
ROWS

[ "$faults" -eq 0 ] || exit 1
echo "$row_count keys"
