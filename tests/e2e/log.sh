#!/usr/bin/env bash
# The log: what the line of a request holds, and what no line ever holds: tokens, passwords,
# json_data.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

marker=NEVER-TO-BE-LOGGED

crews() {
    grep -c ' workers on ' "$dir/log/mobync.log"
}

more_crews() {
    (($(crews) > $1))
}

faults() {
    grep -c 'keeping the old one' "$dir/log/mobync.log" || true
}

more_faults() {
    (($(faults) > $1))
}

# reload SED: of the config
reload() {
    local before workers
    before=$(crews)
    workers=$(worker_pids)
    sed -i "$1" "$settings"
    kill -s HUP "$(serve_pid)"
    expect_true "reload: $1" wait_until 20 more_crews "$before"
    expect_true 'the old workers have gone' wait_until 20 has_none_of "$workers"
}

# line ID: the line of that request
line() {
    grep "request_id=$1 msg=request " "$dir/log/mobync.log"
}

has_line() {
    line "$1" >/dev/null
}

# pair KEY LINE
pair() {
    sed -n "s/.* $1=\([^ ]*\).*/\1/p" <<<"$2"
}

# Every way in which a value can be refused, by us and by the database.
send_marked() {
    local n=$1 data
    for data in '{"id":"a'$n'","name":"'$marker'"}' '{"id":"a'$n'","name":"'$marker'"' \
        '{"id":"b'$n'","name":"n","done":"'$marker'"}' '{"id":"c'$n'","name":"n","score":"'$marker'"}' \
        '{"id":"d'$n'","name":"n","tags":["'$marker'",{}]}' '{"id":"e'$n'","nowhere":"'$marker'"}' \
        '{"id":"f'$n'","name":"'$marker$(printf '%0300d' 1)'"}' '{"id":"g'$n'","name":"short '$marker'"}' \
        '{"id":"h'$n'","name":"'$marker' unique"}' '{"id":"i'$n'","name":"'$marker' unique"}'; do
        sync "$token" "$(push_json 0 "$(diff_json "m$n-$((++marked))" marked 0 create tasks "$data")")"
    done
    sync "$token" '{"logical_clock":0,"diffs":[{"json_data":"'$marker'"}]}'
    sync "$token" '{"logical_clock":"'$marker'","diffs":[]}'
    sync "$token" "$marker"
    sync "$token" '{"'$marker'": '
    sync "$marker.$marker.$marker" '{"logical_clock":0,"diffs":[]}'
    request POST /sync -H 'Content-Type: application/json' -H "Authorization: Basic $marker" \
        -d '{"auth_token":"'$marker'","logical_clock":0,"diffs":[]}'
    request POST "/sync?token=$marker" -H 'Content-Type: application/json' \
        -d '{"auth_token":"'"$opaque$marker"'","logical_clock":0,"diffs":[]}'
    request GET "/elsewhere?$marker"
}

mkdir "$work/s"
settings=$work/s/e2e.yaml
e2e_config "$work/s" | sed 's|^auth:|log: { level: debug }\nauth:\n  tokens: {}|' >"$settings"
own_stack
token=$(token_of marked)
opaque=$("$MOBYNC_BIN" token create -c "$settings" --owner marked 2>/dev/null)
marked=0

# --- the line of a request
push=$(push_json 0 "$(diff_json p1 marked 0 create tasks '{"id":"p1","name":"n"}')")
sync "$token" "$push"
id=$(header x-request-id)
expect_true 'the line of a push is there' wait_until 20 has_line "$id"
push_line=$(line "$id")
expect 'its pairs' 'POST /sync 200 marked 0 1 1 0 0' "$(for key in method route status owner clock_in clock_out \
    diffs_in diffs_out rejected; do pair "$key" "$push_line"; done | tr '\n' ' ' | sed 's/ $//')"
expect_true 'its times' grep -qE ' ms=[0-9]+\.[0-9]{3} db_ms=[0-9]+\.[0-9]{3}$' <<<"$push_line"
expect_true 'no priority where it is no journal' grep -q '^ts=' <<<"$push_line"

# --- what is never logged
sql 'ALTER TABLE tasks ADD UNIQUE (owner_id, name), ADD CHECK (name NOT LIKE "short %")'
send_marked 1
reload 's/fail_sync/quarantine/'
send_marked 2
expect_true 'the database refused some' grep -q 'Duplicate entry' "$dir/log/mobync.log"
expect_true 'some were refused and kept' grep -q 'diff refused and kept' "$dir/log/mobync.log"
expect 'rejected diffs are counted in the line' 1 "$(grep -c "msg=request .* rejected=1 " "$dir/log/mobync.log" |
    awk '{ print ($1 > 0) }')"

printf '%s\n' "$marker-right" >"$work/s/password"
chmod 600 "$work/s/password"
init=$(<"$dir/mysql-init.sql")
mysql_init_sql() {
    printf '%s\n' "$init" "CREATE USER IF NOT EXISTS secret@localhost IDENTIFIED BY '$marker-right';" \
        "GRANT ALL PRIVILEGES ON app.* TO secret@localhost;"
}
mysql_stop
sync "$token" "$push"
expect_error 'the database is away' 503 SERVER_BUSY
started=()
mysql_start >/dev/null
reload "s|^  user: mobync|  user: secret\n  password_file: '$work/s/password'|"
sync "$token" "$push"
expect 'with a password' 200 "$status"
before=$(faults)
printf '%s\n' "$marker-wrong" >"$work/s/password"
kill -s HUP "$(serve_pid)"
expect_true 'with a wrong one: refused' wait_until 20 more_faults "$before"
printf '%s\n' "$marker-right" >"$work/s/password"

# --- owners under a pseudonym, and fewer lines
reload 's|level: debug|owner: hash|'
sync "$token" '{"logical_clock":0,"diffs":[]}'
id=$(header x-request-id)
expect_true 'hash: the line is there' wait_until 20 has_line "$id"
expect 'hash: the owner' "$(printf marked | sha256sum | cut -c 1-16)" "$(pair owner "$(line "$id")")"
lines=$(wc -l <"$dir/log/mobync.log")
sync "$token" "$(push_json 0 "$(diff_json q1 marked 0 create tasks '{"id":"q1","name":null}')")"
expect_true 'hash: nowhere plain' wait_until 20 has_line "$(header x-request-id)"
expect 'hash: nowhere plain' '' "$(tail -n "+$((lines + 1))" "$dir/log/mobync.log" | grep 'owner=marked' || true)"
workers=$(worker_pids)
sed -i 's|owner: hash|level: warn|' "$settings"
kill -s HUP "$(serve_pid)"
expect_true 'level warn: new workers' wait_until 20 has_none_of "$workers"
sync "$token" '{"logical_clock":0,"diffs":[]}'
sleep 0.3
expect 'level warn: no line a request' 1 "$(has_line "$(header x-request-id)"; echo $?)"

expect 'neither data, nor passwords, nor tokens' '' "$(grep -m 3 -e "$marker" "$dir/log/mobync.log" || true)"
for secret in "$token" "${token##*.}" "$opaque" "$(<"$dir/jwt.key")"; do
    expect 'no token and no key' '' "$(grep -m 1 -F -e "$secret" "$dir/log/mobync.log" || true)"
done
finish
