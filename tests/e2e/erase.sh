#!/usr/bin/env bash
# An owner is erased by the statements of docs/deploy.md: nothing of it is left in any table, and
# whoever comes under that name afterwards starts a new history.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
mkdir -p "$work/s"
e2e_config "$work/s" | sed -e 's/fail_sync/quarantine/' \
    -e 's/^  trusted_param:.*/  tokens: { table: mobync_tokens }/' >"$work/s/e2e.yaml"
own_stack
erased='erased-owner'
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
dump >"$work/before"
for table in $(owner_tables); do
    expect_true "$table has rows of the owner" grep -q "^INSERT INTO .$table.*$erased" "$work/before"
done
grep -v "$erased" "$work/before" >"$work/others"

# --- the block of the page
sed -n '/^### Erasing one person/,/^### /p' "$root/docs/deploy.md" | sed -n '/^```sql/,/^```/p' |
    sed -e '/^```/d' -e "s/'alice'/'$erased'/" >"$work/erase.sql"
expect_true 'docs/deploy.md has the statements' grep -q "^DELETE FROM diffs WHERE owner = '$erased'" "$work/erase.sql"
mariadb --no-defaults --socket="$dir/mysql.sock" --user=mobync app <"$work/erase.sql" >"$work/out"
expect 'nothing of the owner is left' '' "$(dump | grep "$erased" || true)"
dump >"$work/after"
expect_true 'everything else is as it was' cmp "$work/others" "$work/after"

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
