#!/usr/bin/env bash
# What a worker has given up, and that it still does all of its work: syncs, reloads, a database
# that goes away and comes back, behind a unix socket and behind TCP with TLS and a host name.
# A build with sanitizers confines nothing; the rest of this holds for it, too.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

pull='{"logical_clock":0,"diffs":[]}'
settings=$work/s/e2e.yaml
printf '%s' "$pull" | gzip -c >"$work/pull.gz"

# The worker dies of what it must not do by SIGSYS, 31.
nobody_was_killed() {
    expect "$1: no worker was ended" '' \
        "$(grep -E 'worker ended by|worker ended with status [^0]' "$dir/log/mobync.log" || true)"
}

# of PID KEY: a line of /proc/PID/status
of() {
    sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}

core_limit() {
    sed -n 's/^Max core file size *//p' "/proc/$1/limits" 2>/dev/null | tr -s ' '
}

pool_is_whole() {
    (($(worker_pids | wc -l) == 4)) && is_healthy "$(stack_port)"
}

workers_changed() {
    has_none_of "$1" && pool_is_whole
}

reload() {
    local before
    before=$(worker_pids)
    kill -s HUP "$(serve_pid)"
    expect_true "$1: HUP brings new workers" wait_until 30 workers_changed "$before"
}

# Every worker has a connection by then.
serves() {
    local i
    for i in 1 2 3 4 5 6 7 8; do
        sync "$token" "$(push_json 0 "$(diff_json "$1-$i" confined 0 create tasks '{"id":"t'"$1-$i"'","name":"n"}')")"
        [[ $status == 200 ]] || break
    done
    expect "$1: pushes" '200 true' "$status $(of_body .success)"
    sync "$opaque" "$pull"
    expect "$1: an opaque token" '200 true' "$status $(of_body .success)"
    sync 'no.good.token' "$pull"
    expect_error "$1: a bad token" 401 INVALID_SYNC_TOKEN
    request GET /healthz
    expect "$1: health" 200 "$status"
    request POST /sync -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
        -H 'Content-Encoding: gzip' --data-binary "@$work/pull.gz"
    expect "$1: a packed body" '200 true' "$status $(of_body .success)"
    sync "$token" "$(push_json 0 "$(diff_json bad confined 0 create tasks '{"id":"bad","name":null}')")"
    expect_error "$1: a diff that is refused" 400 INVALID_DATA
}

answers_busy() {
    sync "$token" "$pull"
    [[ $status == 503 ]]
}

answers() {
    sync "$token" "$pull"
    [[ $status == 200 ]]
}

# restart NAME SIGNAL MARIADBD_OPTION…: the database, away for a moment
restart() {
    local what=$1 signal=$2
    shift 2
    process_stop mariadbd "$dir/mysql.pid" "$dir/mysql" "$signal" 60
    forget_database_lock
    expect_true "$what: away" wait_until 10 answers_busy
    (cd "$dir/mysql" && process_spawn "$dir/mysql.pid" "$dir/log/mysql.log" mariadbd --no-defaults \
        --datadir="$dir/mysql" --socket="$dir/mysql.sock" --tmpdir="$dir/tmp" \
        --init-file="$dir/mysql-init.sql" "${as_root[@]}" "$@")
    expect_true "$what: found again" wait_until 60 answers
}

as_root=()
((EUID != 0)) || as_root=(--user=root)
mkdir "$work/s"
e2e_config "$work/s" | sed 's|^auth:|auth:\n  tokens: {}|' >"$settings"
own_stack
token=$(token_of confined)
opaque=$("$MOBYNC_BIN" token create -c "$settings" --owner confined 2>/dev/null)
serves 'unix socket'

# --- what was given up
master=$(serve_pid)
expect 'master: no new privileges' 1 "$(of "$master" NoNewPrivs)"
expect 'master: no core' '0 0 bytes' "$(core_limit "$master" | sed 's/ *$//')"
expect 'master: umask' 0077 "$(of "$master" Umask)"
expect 'the socket: for its group alone' 660 "$(stat -c %a "$dir/mobync.sock")"
filter=0
if ldd "$MOBYNC_BIN" 2>/dev/null | grep libseccomp >/dev/null; then filter=2; fi
printf 'workers are expected to have seccomp mode %s\n' "$filter"
for pid in $(worker_pids); do
    expect "worker $pid: no new privileges, seccomp, umask" "1 $filter 0077" \
        "$(of "$pid" NoNewPrivs) $(of "$pid" Seccomp) $(of "$pid" Umask)"
    expect "worker $pid: no core" '0 0 bytes' "$(core_limit "$pid" | sed 's/ *$//')"
done

# What only a process that fetches loads, with 25 libraries more. Who may not read a worker's map
# sees that of the master, with which workers begin.
for pid in "$master" $(worker_pids); do
    maps=$(cat "/proc/$pid/maps" 2>/dev/null || cat "/proc/$master/maps")
    expect "$pid: has the database's client" 1 "$(grep -c 'r-xp.*/libmariadb\.so' <<<"$maps" || true)"
    expect "$pid: does not have libcurl" 0 "$(grep -c '/libcurl' <<<"$maps" || true)"
done

# --- root only when told
if ((EUID == 0)); then
    expect 'root: refused' 1 "$("$MOBYNC_BIN" serve -c "$settings" >"$work/root" 2>&1; echo $?)"
    expect_true 'root: what to do is said' grep -q -e '--allow-root' "$work/root"
fi

# --- the database goes away
restart 'restarted' TERM --skip-networking
serves 'after a restart'
restart 'killed' KILL --skip-networking
serves 'after a kill -9'

# --- TCP, a host name, TLS with a certificate that is verified
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -addext 'subjectAltName=DNS:localhost' -keyout "$work/s/tls.key" -out "$work/s/tls.pem" 2>/dev/null
db_port=$(free_port)
over_tls=(--bind-address=127.0.0.1 "--port=$db_port" "--ssl-cert=$work/s/tls.pem" "--ssl-key=$work/s/tls.key")
printf '%s\n' "CREATE USER IF NOT EXISTS remote@'%' IDENTIFIED BY 'long and secret' REQUIRE SSL;" \
    "GRANT ALL PRIVILEGES ON app.* TO remote@'%';" >>"$dir/mysql-init.sql"
restart 'with TCP' TERM "${over_tls[@]}"
printf 'long and secret\n' >"$work/s/password"
sed -i -e "s|^  socket: .*|  host: localhost\n  port: $db_port\n  tls: { ca: '$work/s/tls.pem' }\n  password_file: '$work/s/password'|" \
    -e 's|^  user: .*|  user: remote|' "$settings"
reload 'TLS'
serves 'TLS'
# 127.1 is 127.0.0.1, by a name at which libmariadb 3.4 looks at the certificate's.
sed 's|host: localhost|host: 127.1|' "$settings" >"$work/s/other_name.yaml"
expect 'TLS: a certificate for another name is refused' 1 \
    "$("$MOBYNC_BIN" check -c "$work/s/other_name.yaml" >"$work/check" 2>&1; echo $?)"
expect_true 'TLS: and that is why' grep -qi 'tls\|ssl\|certificate' "$work/check"
restart 'TLS, restarted' TERM "${over_tls[@]}"
serves 'TLS, after a restart'
nobody_was_killed 'all along'

# --- TERM
before=$(worker_pids)
kill -s TERM "$master"
expect_true 'TERM: the master ends' process_wait "$master" 20
expect 'TERM: so do the workers' '' "$(for pid in $before; do [[ ! -e /proc/$pid ]] || echo "$pid"; done)"
nobody_was_killed 'TERM'
finish
