#!/usr/bin/env bash
# Names in the config and texts in requests that would like to be SQL, on a real MariaDB.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
hostile=(/usr/bin/python3 "$root/tests/e2e/hostile.py")
mkdir "$work/s"
export PYTHONIOENCODING=utf-8
"${hostile[@]}" config "$work/s" >"$work/s/whole.yaml"
# The function cannot be there before the database is.
sed '/^    validate:/d' "$work/s/whole.yaml" >"$work/s/e2e.yaml"
own_stack
function=$("${hostile[@]}" function)
sql 'CREATE TABLE sentinel (v INT PRIMARY KEY); INSERT INTO sentinel VALUES (1), (2)'
sql "CREATE FUNCTION $function(o VARCHAR(128), t VARCHAR(16), j LONGTEXT) RETURNS BOOLEAN
     DETERMINISTIC RETURN j NOT LIKE '%forbidden%'"
before=$(worker_pids)
cp "$work/s/whole.yaml" "$work/s/e2e.yaml"
kill -s HUP "$(serve_pid)"
expect_true 'the config with all of these names is taken' wait_until 30 workers_are_others_than "$before"
expect 'check is content with it' 0 "$("$MOBYNC_BIN" check -c "$work/s/e2e.yaml" >"$work/check" 2>&1; echo $?)"
expect 'and schema needs nothing more' '' "$("$MOBYNC_BIN" schema -c "$work/s/e2e.yaml" 2>/dev/null)"

"${hostile[@]}" sync "$dir" "$(stack_port)" >"$work/sync" && good=yes || good=no
grep -v '^ok' "$work/sync" || true
expect 'every story' yes "$good"
expect_true 'there were many' test "$(grep -c '^ok' "$work/sync")" -gt 100

# Commands take owners and ids, too.
owner="x'; DROP TABLE sentinel; -- \`\\"
token=$("$MOBYNC_BIN" token create -c "$work/s/e2e.yaml" --owner "$owner" 2>/dev/null)
sync "$token" '{"logical_clock":0,"diffs":[]}'
expect 'an opaque token of such an owner' 200 "$status"
"$MOBYNC_BIN" token revoke -c "$work/s/e2e.yaml" "' OR 1=1 -- " >/dev/null 2>&1 || true
sleep 6 # auth.cache
sync "$token" '{"logical_clock":0,"diffs":[]}'
expect 'token revoke of SQL revokes nothing' 200 "$status"
for command in 'pull --clock 0' 'reject list'; do
    # shellcheck disable=SC2086 # several words
    expect "$command of such an owner" 0 \
        "$("$MOBYNC_BIN" $command -c "$work/s/e2e.yaml" --owner "$owner" >"$work/out" 2>&1; echo $?)"
done
expect 'the sentinel stands' 2 "$(sql 'SELECT COUNT(*) FROM sentinel')"

# What is not in the database is named, by check, and by serve, which does not start with it.
missing() {
    sed "s|^    $1: .*|    $1: \"no\`such' OR 1=1 -- x\"|" "$work/s/e2e.yaml" >"$work/s/missing.yaml"
    expect "a $1 that is not there: check" 1 \
        "$("$MOBYNC_BIN" check -c "$work/s/missing.yaml" >"$work/check" 2>&1; echo $?)"
    expect_true "a $1 that is not there: is quoted" grep -qF "no\`\`such' OR 1=1 -- x" "$work/check"
    expect "a $1 that is not there: serve" 1 \
        "$(sed -i "s|/mobync.sock|/other.sock|" "$work/s/missing.yaml"
        timeout 20 "$MOBYNC_BIN" serve "${as_root[@]}" -c "$work/s/missing.yaml" >"$work/serve" 2>&1; echo $?)"
}
as_root=()
((EUID != 0)) || as_root=(--allow-root)
missing table
missing id
missing owner
missing validate
finish
