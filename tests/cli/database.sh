#!/bin/sh
# The commands that need a database, on a private MariaDB: check, schema and token.
# usage: database.sh MOBYNC
set -u
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# shellcheck source=tests/cli/mariadb.sh
. "$(dirname "$0")/mariadb.sh"

cat >"$dir/mobync.yaml" <<END
listen: unix:$dir/mobync.sock
database:
  socket: $socket
  user: mobync
  name: app
auth:
  tokens: { table: mobync_tokens }
models:
  - name: tasks
    fields:
      - { name: name, type: string, max_length: 255 }
END
config="-c $dir/mobync.yaml"

# An empty database: everything is missing, and nothing is changed by being told so.
# shellcheck disable=SC2086
{
    run 1 check $config
    says out "^$dir/mobync.yaml:9: .*tasks"
    says out "^1[0-9] faults\$"
    run 1 check --json $config
    says out "^{\"file\":\"$dir/mobync.yaml\",\"line\":9,\"severity\":\"error\",\"message\":\".*tasks.*\"}\$"
    run 1 token list $config
    says err "^mobync token list: "
    run 0 schema $config
    says out "mobync_tokens"
    says err "^-- 1 table is not as the configuration needs it yet"
    [ "$(sql "SHOW TABLES FROM app" | wc -l)" -eq 0 ] || fault "mobync schema changed something"
}

# Where the server could not start.
sed "s|^listen: .*|listen: unix:$dir/none/mobync.sock|" "$dir/mobync.yaml" >"$dir/folder.yaml"
run 1 check -c "$dir/folder.yaml"
says out "^$dir/folder.yaml:1: warning: listen: there is no folder $dir/none/, so .mobync serve. cannot"
[ "$(grep -c "no folder" "$dir/out")" -eq 1 ] || fault "the folder is told of more than once"
sed "1a control: unix:$dir/mobync.yaml/control.sock" "$dir/mobync.yaml" >"$dir/folder.yaml"
run 1 check -c "$dir/folder.yaml"
says out "^$dir/folder.yaml:2: warning: control: there is no folder $dir/mobync.yaml/,"
! grep "warning: listen" "$dir/out" || fault "the folder of listen is there"
if [ "$(id -u)" -ne 0 ]; then
    mkdir "$dir/locked" && chmod 500 "$dir/locked"
    sed "s|^listen: .*|listen: unix:$dir/locked/mobync.sock|" "$dir/mobync.yaml" >"$dir/folder.yaml"
    run 1 check -c "$dir/folder.yaml"
    says out "^$dir/folder.yaml:1: warning: listen: this user cannot make a socket in $dir/locked/"
fi

# What schema prints is SQL as it stands: applied by hand, nothing is left to do. Tables come first.
sql "CREATE DATABASE by_hand; GRANT ALL ON by_hand.* TO mobync@localhost"
sed "s/name: app/name: by_hand/" "$dir/mobync.yaml" >"$dir/by_hand.yaml"
for print in tables triggers; do
    run 0 schema -c "$dir/by_hand.yaml"
    client --user=mobync by_hand <"$dir/out" 2>"$dir/err" ||
        fault "mariadb does not take what mobync schema prints about $print"
done
run 0 schema -c "$dir/by_hand.yaml"
silent out
run 0 check -c "$dir/by_hand.yaml"
! grep trigger "$dir/out" || fault "check does not see the triggers made by hand"

# shellcheck disable=SC2086
{
    run 0 schema --apply $config
    says err "done, [0-9]* statements"
    silent out
    run 0 schema --apply $config
    says err "nothing to do"
    run 0 schema $config
    silent out
    says err "^-- nothing is needed"
    run 0 check $config
    says out "^the config fits the database\$"
    run 0 token list $config
    says out "^ID .*  OWNER\$"
    run 0 token list --json $config
    silent out
}

# Two at once: neither fails, and all is there afterwards.
sql "CREATE DATABASE twice; GRANT ALL ON twice.* TO mobync@localhost"
sed "s/name: app/name: twice/" "$dir/mobync.yaml" >"$dir/twice.yaml"
runs=
for run in 1 2 3 4; do
    "$mobync" schema --apply -c "$dir/twice.yaml" >"$dir/twice.$run" 2>&1 &
    runs="$runs $!"
done
for pid in $runs; do
    wait "$pid" || fault "one of several mobync schema --apply failed: $(cat "$dir"/twice.?)"
done
run 0 check -c "$dir/twice.yaml"

# A connection that fails is told at the key that is at fault.
sql "CREATE USER locked@localhost IDENTIFIED BY 'secret'"
sed "s/user: mobync/user: locked/" "$dir/mobync.yaml" >"$dir/user.yaml"
run 1 check -c "$dir/user.yaml"
says out "^$dir/user.yaml:4: .*locked.*: check user and password_file"
sed "s/name: app/name: nowhere/" "$dir/mobync.yaml" >"$dir/name.yaml"
run 1 check -c "$dir/name.yaml"
says out "^$dir/name.yaml:5: .*nowhere.*: check name"

# Of several hosts, every command uses the one that works, and says why not the others.
sed "s|socket: .*|hosts: [{ socket: $dir/away.sock }, { socket: $socket }]|" "$dir/mobync.yaml" \
    >"$dir/hosts.yaml"
run 0 check -c "$dir/hosts.yaml"
says out "^$dir/hosts.yaml:3: warning: this host cannot stand in for others: .*$dir/away.sock.*: check"
run 0 token list -c "$dir/hosts.yaml"
says err "database: now at $socket; left $dir/away.sock: "
sql "SET GLOBAL read_only = 1"
run 1 check -c "$dir/hosts.yaml"
says out "^$dir/hosts.yaml:3: no database host can be used: .*; $socket: the server is read-only"
run 1 token list -c "$dir/hosts.yaml"
says err "$socket: the server is read-only"
sql "SET GLOBAL read_only = 0"

# A token is printed alone, once, and only its SHA-256 is stored.
# shellcheck disable=SC2086
{
    run 0 token create --owner "Zoë" --ttl 30d $config
    says out '^[A-Za-z0-9_-]\{43\}$'
    [ "$(wc -l <"$dir/out")" -eq 1 ] || fault "the token does not stand alone"
    token=$(cat "$dir/out")
    id=$(sed -n 's/.* id \([0-9a-f]\{16\}\), expires: 20.*/\1/p' "$dir/err")
    [ -n "$id" ] || fault "no id on standard error"
    hash=$(printf %s "$token" | sha256sum | cut -d ' ' -f 1)
    stored=$(sql "SELECT LOWER(HEX(hash)), owner FROM app.mobync_tokens")
    [ "$stored" = "$(printf '%s\tZoë' "$hash")" ] || fault "stored is: $stored"

    run 0 token create --owner bob $config
    says err "expires: never"
    run 0 token list $config
    says out "^$id .* never  *active  *Zoë\$"
    says out " never  *never  *active  *bob\$"
    [ "$(wc -l <"$dir/out")" -eq 3 ] || fault "not a heading and two tokens"

    run 1 token revoke 0000000000000000 $config
    says err "is the id of no token"
    run 0 token revoke "$id" $config
    silent out
    run 0 token list $config
    says out "^$id .* revoked  *Zoë\$"
    says out " active  *bob\$"
    sql "UPDATE app.mobync_tokens SET expires_ms = 1 WHERE owner = 'bob'"
    run 0 token list $config
    says out " 1970-01-01T00:00:00Z  *never  *expired  *bob\$"
    run 0 token list --owner bob $config
    says out " expired  *bob\$"
    [ "$(wc -l <"$dir/out")" -eq 2 ] || fault "not a heading and bob's token"
    run 0 token list --json --owner "Zoë" $config
    says out "^{\"id\":\"$id\",\"owner\":\"Zoë\",\"created\":\"2[^\"]*Z\",\"expires\":\"2[^\"]*Z\",\"last_use\":null,\"state\":\"revoked\"}\$"
    [ "$(wc -l <"$dir/out")" -eq 1 ] || fault "not one line of JSON"
    run 0 token list --json $config
    says out "\"expires\":\"1970-01-01T00:00:00Z\",\"last_use\":null,\"state\":\"expired\"}\$"

    # What other SQL wrote cannot steer the terminal.
    sql "UPDATE app.mobync_tokens SET owner = CONCAT('b', CHAR(27), '[2J') WHERE owner = 'bob'"
    run 0 token list $config
    says out ' b?\[2J$'
    run 0 token list --json $config
    says out '"owner":"b\\u001b\[2J"'
    sql "UPDATE app.mobync_tokens SET owner = 'bob' WHERE owner LIKE 'b%'"
}

# An owner has so many that are neither expired nor revoked; several at once make no more either.
sed 's/^models:/limits: { owner_tokens: 3 }\nmodels:/' "$dir/mobync.yaml" >"$dir/few.yaml"
few="-c $dir/few.yaml"
good() {
    sql "SELECT COUNT(*) FROM app.mobync_tokens WHERE owner = '$1' AND NOT revoked AND expires_ms = 0"
}
runs=
for run in 1 2 3 4 5 6 7 8; do
    # shellcheck disable=SC2086
    "$mobync" token create --owner many $few >"$dir/many.$run" 2>"$dir/many_err.$run" &
    runs="$runs $!"
done
for pid in $runs; do
    wait "$pid"
done
made=$(cat "$dir"/many.? | wc -l)
{ [ "$made" -ge 1 ] && [ "$made" -le 3 ] && [ "$(good many)" -eq "$made" ]; } ||
    fault "$made tokens were printed, $(good many) made: $(cat "$dir"/many_err.?)"
# shellcheck disable=SC2086
{
    for run in 1 2 3; do
        run 0 token create --owner "Zoë" $few
    done
    run 1 token create --owner "Zoë" --ttl 1d $few
    silent out
    says err "^mobync token create: Zoë has as many tokens as limits.owner_tokens allows, 3 that are neither"
    says err "'mobync token list', 'mobync token revoke ID'), or raise the limit in $dir/few.yaml\$"
    run 0 token create --owner bob $few
    run 0 token create --owner "Zoë" $config
    run 0 token revoke "$(sql "SELECT id FROM app.mobync_tokens WHERE owner = 'Zoë' AND NOT revoked LIMIT 1")" $few
    run 1 token create --owner "Zoë" $few
    sql "UPDATE app.mobync_tokens SET expires_ms = 1 WHERE owner = 'Zoë' AND NOT revoked LIMIT 1"
    run 0 token create --owner "Zoë" $few
}

finish
