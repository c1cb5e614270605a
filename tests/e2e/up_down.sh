#!/usr/bin/env bash
# scripts/up and scripts/down as a user meets them.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
one="$work/stack one"
two=$work/two
chmod 755 "$work" # so that root may hand the parts to somebody else
undo+=("for d in \"\$one\" \"\$two\" \"\$work/five\" \"\$work/six\" \"\$work/seven\"; do \"\$root/scripts/down\" --dir \"\$d\" >/dev/null; done")
port_one=$(free_port)

up() {
    "$root/scripts/up" "$@" >"$work/out" 2>&1 && code=0 || code=$?
    out=$(<"$work/out")
    ((code == 0)) || [[ -n ${may_fail:-} ]] || cat "$work/out"
}

pids() {
    cat "$dir/mysql.pid" "$dir/mobync.pid" "$dir/nginx.pid"
}

# With its workers, which leave by themselves.
kill_serve() {
    local pid workers
    workers=$(worker_pids)
    pid=$(serve_pid)
    kill -s KILL "$pid"
    for pid in $pid $workers; do
        process_wait "$pid" 20 || expect "a killed server has ended" '' "$pid"
    done
}

# paste_curl_lines WHAT: every line printed that begins with curl works as it stands
paste_curl_lines() {
    local line
    while read -r line; do
        expect "$1" 'true 200' "$(bash -c "$line"' -w " %{http_code}"' | sed -E 's/.*"success": ?(true|false).* ([0-9]+)$/\1 \2/')"
    done < <(grep '^curl ' <<<"$out")
}

up --dir "$one" --port "$port_one"
dir=$one
expect 'up: exit status' 0 "$code"
expect 'up: two curl lines, the last at the end' 2 "$(grep -c '^curl ' <<<"$out")"
expect_true 'up: the URL' grep -q "http://127.0.0.1:$port_one/sync" <<<"$out"
paste_curl_lines 'up: a curl line pasted'
expect 'up: the task has arrived' 'Buy milk' "$(sql "SELECT name FROM tasks WHERE owner_id = 'alice'")"
expect 'up: the key is closed to others' 600 "$(stat -c %a "$one/jwt.key")"
token=$("$MOBYNC_BIN" token create -c "$one/mobync.yaml" --owner alice 2>"$work/token.err")
use_stack "$one"
sync "$token" '{"logical_clock":1,"diffs":[]}'
expect 'up: an opaque token' '200 true' "$status $(of_body .success)"
sync "$("$root/scripts/token" --dir "$one" --owner bob)" '{"logical_clock":0,"diffs":[]}'
expect 'up: a token of scripts/token' '200 0' "$status $(of_body .logical_clock)"

before="$(pids) $(checksum) $(md5sum "$one/jwt.key" "$one/mobync.yaml" "$one/nginx.conf")"
up --dir "$one" --port "$(free_port)"
expect 'up again: exit status' 0 "$code"
expect_true 'up again: says so' grep -q 'up already' <<<"$out"
paste_curl_lines 'up again: a curl line pasted'
expect 'up again: changes nothing' "$before" \
    "$(pids) $(checksum) $(md5sum "$one/jwt.key" "$one/mobync.yaml" "$one/nginx.conf")"

up --dir "$two" --port "$(free_port)"
expect 'side by side: exit status' 0 "$code"
use_stack "$two"
sync "$(token_of alice)" '{"logical_clock":0,"diffs":[]}'
expect 'side by side: the other has its own data' '200 0' "$status $(of_body .logical_clock)"
expect 'side by side: and its own key' 1 "$(cmp -s "$one/jwt.key" "$two/jwt.key"; echo $?)"

# Of a stack that lost a part, and of a pid that has become somebody else's.
use_stack "$two"
mysql_before=$(mysql_pid)
kill_serve
kill -s KILL "$(nginx_pid)"
wait_until 20 eval '! nginx_pid >/dev/null'
printf '%s\n' $$ >"$two/mobync.pid"
up --dir "$two" --port "$(stack_port)"
expect 'repaired: exit status' 0 "$code"
expect 'repaired: what lived was left alone' "$mysql_before" "$(mysql_pid)"
use_stack "$two"
request GET /healthz
expect 'repaired: healthy' 200 "$status"

# On a machine that has other things to do a new process is the program only after a while.
printf '#!/bin/sh\n[ "$1" != serve ] || sleep 0.5\nexec %q "$@"\n' "$MOBYNC_BIN" >"$work/slow"
chmod 755 "$work/slow"
kill_serve
MOBYNC_BIN=$work/slow up --dir "$two" --port "$(stack_port)"
expect 'slow: exit status' 0 "$code"
request GET /healthz
expect 'slow: healthy' 200 "$status"

all=$(dir=$one pids)
"$root/scripts/down" --dir "$one" >"$work/out"
expect 'down: exit status' 0 $?
expect 'down: all ended' '' "$(for pid in $all; do
    state=$(process_state "$pid")
    [[ -z $state || $state == Z ]] || echo "$pid"
done)"
"$root/scripts/down" --dir "$one" >"$work/out"
expect 'down again: exit status' 0 $?
use_stack "$two"
request GET /healthz
expect 'down: the other stack is not touched' 200 "$status"

key=$(<"$one/jwt.key")
up --dir "$one" --port "$port_one"
use_stack "$one"
expect 'up after down: the key is kept' "$key" "$(<"$one/jwt.key")"
sync "$(token_of alice)" '{"logical_clock":0,"diffs":[]}'
expect 'up after down: the data are kept' '1 task-1' \
    "$(of_body '"\(.logical_clock) \(.diffs[0].json_data | fromjson | .id)"')"
check_logs

# A machine on which nginx never ran lacks a folder that nchan wants. Mounts of a namespace's own
# play it.
new_machine() {
    unshare --mount "$BASH" -c '
        mount -t tmpfs -o mode=755 none "$1" && shift && "$@"' - "$(dirname "$(nchan_folder)")" "$@"
}
if [[ -e $nchan_module ]] && new_machine true 2>"$work/out"; then
    port_seven=$(free_port)
    new_machine "$root/scripts/up" --dir "$work/seven" --port "$port_seven" >"$work/out" 2>&1 || cat "$work/out"
    use_stack "$work/seven"
    expect 'nginx never ran: up, with pokes' 1 "$(grep -c '^poke:' "$work/seven/mobync.yaml")"
    request GET /healthz
    expect 'nginx never ran: healthy' 200 "$status"
    "$root/scripts/down" --dir "$work/seven" >"$work/out"
else
    echo "up_down: not tried on a machine whose nginx never ran: $(<"$work/out")"
fi

may_fail=yes
up --dir "$work/three" --port "$port_one"
expect 'port taken: refused' 1 "$code"
expect_true 'port taken: says so' grep -q "port $port_one .* is taken" <<<"$out"
expect 'port taken: nothing was made' no "$([[ -e $work/three ]] && echo yes || echo no)"
deep=$work/$(printf 'folder/%.0s' {1..20})
up --dir "$deep" --port "$(free_port)"
expect 'too deep: refused' 1 "$code"
expect_true 'too deep: says so' grep -q 'too deep' <<<"$out"
expect 'too deep: nothing was made' no "$([[ -e $work/folder ]] && echo yes || echo no)"
up --prt 80
expect 'a misspelt option: usage' 2 "$code"

# A database of the user's own: that of the first stack plays it.
mkdir "$work/five"
config_five() {
    sed -e "s|$one|$work/five|; s|^  socket:.*|  socket: '$one/mysql.sock'|" -e "$1" "$one/mobync.yaml" \
        >"$work/five.yaml"
}
tables() {
    dir=$one sql "SELECT GROUP_CONCAT(table_name ORDER BY 1) FROM information_schema.tables
        WHERE table_schema = 'app'"
}
before=$(tables)
config_five '$a diffs_table: lacking'
up --dir "$work/five" --port "$(free_port)" --config "$work/five.yaml"
expect 'own database, table missing: refused' 1 "$code"
expect_true 'own database, table missing: prints the SQL' grep -q 'CREATE TABLE.*lacking' <<<"$out"
expect_true 'own database, table missing: says what to run' grep -q 'schema --apply -c' <<<"$out"
expect 'own database, table missing: nothing was changed' "$before" "$(tables)"
config_five ''
port_five=$(free_port)
up --dir "$work/five" --port "$port_five" --config "$work/five.yaml"
expect 'own database: exit status' 0 "$code"
expect_true 'own database: says so' grep -q 'using your database (.*/mysql.sock).*; starting no MariaDB' <<<"$out"
expect 'own database: no MariaDB of its own' no \
    "$([[ -e $work/five/mysql || -e $work/five/mysql.pid ]] && echo yes || echo no)"
expect 'own database: nothing was changed' "$before" "$(tables)"
up --dir "$work/five" --port "$port_five" --config "$work/five.yaml"
expect_true 'own database: up again' grep -q 'up already' <<<"$out"
"$root/scripts/down" --dir "$work/five" >"$work/out"
"$MOBYNC_BIN" schema --remove-triggers --apply -c "$work/five.yaml" >"$work/out" 2>&1 || cat "$work/out"
up --dir "$work/five" --port "$port_five" --config "$work/five.yaml"
expect 'own database, triggers missing: exit status' 0 "$code"
expect_true 'own database, triggers missing: says so' grep -q 'lacks triggers.*schema --apply -c' <<<"$out"
"$root/scripts/down" --dir "$work/five" >"$work/out"
"$MOBYNC_BIN" schema --apply -c "$work/five.yaml" >"$work/out" 2>&1 || cat "$work/out"
expect 'own database: down leaves it alone' yes "$(dir=$one mysql_pid >/dev/null && echo yes)"

# One at a host: a MariaDB that listens on TCP alone, as far as `up` knows.
tcp_port=$(free_port)
start_mariadb "$work/tcp" --skip-name-resolve --bind-address=127.0.0.1 --port="$tcp_port"
mkdir "$work/six"
(umask 077 && printf 'word\n' >"$work/six/password")
(dir=$work/tcp admin_sql "CREATE USER mobync@127.0.0.1 IDENTIFIED BY 'word'; GRANT ALL ON app.* TO mobync@127.0.0.1")
sed -e "s|$one|$work/six|; s|^  socket:.*|  host: 127.0.0.1\n  port: $tcp_port\n  password_file: '$work/six/password'|" \
    "$one/mobync.yaml" >"$work/six.yaml"
port_six=$(free_port)
up --dir "$work/six" --port "$port_six" --config "$work/six.yaml"
expect 'a host, no table yet: refused' 1 "$code"
expect_true 'a host, no table yet: says what to run' grep -q 'schema --apply -c' <<<"$out"
"$MOBYNC_BIN" schema --apply -c "$work/six.yaml" >"$work/out" 2>&1 || cat "$work/out"
may_fail=
up --dir "$work/six" --port "$port_six" --config "$work/six.yaml"
expect 'a host: exit status' 0 "$code"
expect_true 'a host: says so' grep -q 'using your database (a host) .*; starting no MariaDB' <<<"$out"
paste_curl_lines 'a host: a curl line pasted'
use_stack "$work/six"
sync "$(token_of alice)" "$(push_json 0 "$(diff_json d1 alice 0 create tasks '{"id":"t1","name":"Buy milk"}')")"
expect 'a host: a push' '200 1' "$status $(of_body .logical_clock)"
expect 'a host: the task is in its database' 'Buy milk' \
    "$(dir=$work/tcp sql "SELECT name FROM tasks WHERE owner_id = 'alice'")"
expect 'a host: no MariaDB of its own' no \
    "$([[ -e $work/six/mysql || -e $work/six/mysql.pid ]] && echo yes || echo no)"
up --dir "$work/six" --port "$port_six" --config "$work/six.yaml"
expect_true 'a host: up again' grep -q 'up already' <<<"$out"
"$root/scripts/down" --dir "$work/six" >"$work/out"
expect 'a host: down leaves it alone' 1 "$(dir=$work/tcp sql 'SELECT 1')"
may_fail=yes

mkdir "$work/four"
e2e_config "$work/four" | sed 's/^  - name: model1$/  - nam: model1/' >"$work/four/e2e.yaml"
up --dir "$work/four" --port "$(free_port)" --config "$work/four/e2e.yaml"
expect 'a faulty --config: refused' 1 "$code"
expect_true 'a faulty --config: file and line' grep -q 'e2e.yaml:[0-9]*:' <<<"$out"
dir=$work/four
expect 'a faulty --config: nothing is left running' '' "$(mysql_pid || true)$(serve_pid || true)$(nginx_pid || true)"
finish
