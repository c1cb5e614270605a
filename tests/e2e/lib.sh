# shellcheck shell=bash
# Shared by the e2e tests: a stack to talk to, requests, expectations.
#
# Environment: MOBYNC_BIN, the build under test; E2E_STACK, a file that holds the folder of the
# stack that the tests share.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/common.sh"
. "$root/scripts/lib/process.sh"
. "$root/scripts/lib/jwt.sh"
. "$root/scripts/lib/stack.sh"

# A sanitizer's finding must end the worker and be logged: check_logs reads the log.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1}
failures=0
# Of every request().
curl_options=()
# That of the web app that the requests come from.
origin=

# come_from ORIGIN
come_from() {
    origin=$1
    curl_options+=(-H "Origin: $origin")
}
# What to undo at the end, last first.
undo=()

at_exit() {
    local i
    for ((i = ${#undo[@]} - 1; i >= 0; i--)); do
        eval "${undo[i]}"
    done
}
trap at_exit EXIT

work=$(mktemp -d "${TMPDIR:-/tmp}/mobync-e2e.XXXXXX")
undo+=("rm -rf \"\$work\"")

finish() {
    check_logs
    if ((failures > 0)); then
        printf '%d failures\n' "$failures"
        exit 1
    fi
}

# expect WHAT WANTED GOT
expect() {
    if [[ $2 == "$3" ]]; then
        printf 'ok      %s\n' "$1"
    else
        printf 'FAILED  %s\n        wanted: %s\n        got:    %s\n' "$1" "$2" "$3"
        failures=$((failures + 1))
    fi
}

# expect_true WHAT COMMAND…
expect_true() {
    local what=$1
    shift
    if "$@"; then
        printf 'ok      %s\n' "$what"
    else
        printf 'FAILED  %s\n' "$what"
        failures=$((failures + 1))
    fi
}

milliseconds() {
    local now=$EPOCHREALTIME
    printf '%s\n' "$((${now/./} / 1000))"
}

free_port() {
    local candidate
    while :; do
        candidate=$((20000 + RANDOM % 12000))
        port_is_taken "$candidate" || break
    done
    printf '%s\n' "$candidate"
}

# --- a stack: use_stack sets dir, url and the key for the requests below

use_stack() {
    dir=$1
    url=http://127.0.0.1:$(stack_port)
}

use_shared_stack() {
    use_stack "$(<"$E2E_STACK")"
}

# The config of e2e.yaml.in for a folder, on standard output.
e2e_config() {
    sed "s|@DIR@|$1|" "$root/tests/e2e/e2e.yaml.in"
}

# start_stack DIR [PORT]
start_stack() {
    mkdir -p "$1"
    [[ -e $1/e2e.yaml ]] || e2e_config "$1" >"$1/e2e.yaml"
    if (($# > 1)); then
        "$root/scripts/up" --dir "$1" --port "$2" --config "$1/e2e.yaml"
    else
        up_on_free_port --dir "$1" --config "$1/e2e.yaml"
    fi
}

# up_on_free_port ARGUMENT…: scripts/up; a port that was free may be taken before it is bound.
up_on_free_port() {
    local tries=3 code=0
    while :; do
        "$root/scripts/up" --port "$(free_port)" "$@" >"$work/up.out" 2>&1 && code=0 || code=$?
        if ((code == 0 || --tries == 0)) || ! port_was_taken "$work/up.out"; then
            break
        fi
    done
    cat "$work/up.out"
    return "$code"
}

port_was_taken() {
    grep -qE 'is taken by another program|Address already in use' "$1"
}

own_stack() {
    undo+=("'$root/scripts/down' --dir '$work/s'")
    start_stack "$work/s" >"$work/up.log" 2>&1 || { cat "$work/up.log"; exit 1; }
    use_stack "$work/s"
    await_workers
}

# `up` waits for one of them: a test that tells old from new ones has to know all.
await_workers() {
    wait_until 20 has_workers "$(sed -n 's/.* msg="\([0-9]*\) workers on .*/\1/p' "$dir/log/mobync.log" | tail -n 1)" ||
        expect 'all workers have started' '' "$(worker_pids)"
}

has_workers() {
    (($(worker_pids | wc -l) >= ${1:-1}))
}

# start_mariadb FOLDER OPTION…: one beside that of the stack, at FOLDER/mysql.sock, with the same
# database and user; sql and admin_sql ask it where dir is FOLDER.
start_mariadb() {
    local dir=$1 as_root=() pid
    shift
    ((EUID != 0)) || as_root=(--user=root)
    mkdir -p "$dir/log" "$dir/tmp"
    mysql_install >"$dir/log/install.log"
    mysql_init_sql >"$dir/init.sql"
    mariadbd --no-defaults --datadir="$dir/mysql" --socket="$dir/mysql.sock" --tmpdir="$dir/tmp" \
        --init-file="$dir/init.sql" "${as_root[@]}" "$@" >"$dir/log/mysql.log" 2>&1 &
    pid=$!
    undo+=("kill $pid && wait $pid")
    wait_until 60 mysql_answers_or_ended "$pid" || true
    mysql_answers || { tail_of "$dir/log/mysql.log"; expect "a MariaDB in $dir" 'responds' ''; }
}

# database_options OPTION…: of all that this test starts from now on
database_options() {
    mkdir -p "$work/bin"
    printf '#!/bin/sh\nexec "%s" "$@" %s\n' "$(command -v mariadbd)" "$*" >"$work/bin/mariadbd"
    chmod +x "$work/bin/mariadbd"
    export PATH=$work/bin:$PATH
}

# After a kill: MySQL does not start while any process has the pid in this file, be it a zombie.
forget_database_lock() {
    rm -f "$dir/mysql.sock.lock"
}

# sql STATEMENT: rows as lines, columns apart by tabs, bytes as they are
sql() {
    mariadb --no-defaults --socket="$dir/mysql.sock" --user=mobync --default-character-set=utf8mb4 \
        --batch --raw --skip-column-names app -e "$1"
}

# As the user that installed the database, who may do everything in it.
admin_sql() {
    mariadb --no-defaults --socket="$dir/mysql.sock" --batch --raw --skip-column-names app \
        -e "$1"
}

# --- locks that others wait for

# lock_begin STATEMENT: a session runs it in a transaction and keeps what it locks, until lock_end.
# Rows alone: a gap would hold up the owner next to the one that is meant, too.
lock_begin() {
    mkfifo "$work/lock"
    : >"$work/locked" # it is read before the session has begun
    mariadb --no-defaults --socket="$dir/mysql.sock" --user=mobync --unbuffered \
        --skip-column-names app <"$work/lock" >"$work/locked" 2>&1 &
    lock_session=$!
    exec 7>"$work/lock"
    rm "$work/lock"
    printf "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; BEGIN; %s; SELECT 'is locked';\n" "$1" >&7
    wait_until 20 grep -q '^is locked$' "$work/locked" || cat "$work/locked"
}

lock_owner() {
    lock_begin "SELECT 1 FROM mobync_owners WHERE owner = '$1' FOR UPDATE"
}

# Not by closing alone: what was started meanwhile has the pipe open, too.
lock_end() {
    printf 'ROLLBACK;\n\\q\n' >&7 2>/dev/null || true
    exec 7>&-
    wait "$lock_session" || true
}

# lock_end_after SECONDS: in the background, counted from when somebody waits; lock_end comes still.
lock_end_after() {
    {
        wait_until 20 has_lock_waiters 1
        sleep "$1"
        printf 'ROLLBACK;\n' >&7
    } &
}

# lock_end_after_retry: as soon as whoever waited has given up and waits in another transaction;
# nobody else may wait.
lock_end_after_retry() {
    {
        local first=
        wait_until 20 eval 'first=$(waiting_since); [[ -n $first ]]'
        wait_until 20 waits_anew "$first"
        printf 'ROLLBACK;\n' >&7
    } &
}

waiting_since() {
    admin_sql "SELECT trx_started FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"
}

waits_anew() {
    local now
    now=$(waiting_since)
    [[ -n $now && $now != "$1" ]]
}

# One asker at a time: InnoDB looks again only if nobody has asked for 0.1 s.
has_lock_waiters() {
    (($(admin_sql "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'") >= $1))
}

# Changes with any row of any table.
checksum() {
    local tables
    tables=$(sql "SELECT GROUP_CONCAT('\`', table_name, '\`' ORDER BY table_name)
                  FROM information_schema.tables WHERE table_schema = 'app'")
    sql "CHECKSUM TABLE $tables EXTENDED"
}

# What a sanitizer or an assertion of the server had to say.
check_logs() {
    [[ -n ${dir:-} && -e $dir/log/mobync.log ]] || return 0
    expect 'nothing of a sanitizer or an assertion in the log' '' \
        "$(grep -E -m 3 'Sanitizer|runtime error|Assertion' "$dir/log/mobync.log" || true)"
}

# --- requests: status, body, head are left by each

token_of() {
    jwt_for "$dir/jwt.key" "$1" "${2:-600}"
}

# request METHOD PATH CURL_ARGUMENT…
request() {
    local method=$1 path=$2
    shift 2
    : >"$work/body"
    status=$(curl -sS --noproxy '*' -m 30 -X "$method" -o "$work/body" -D "$work/head" \
        -w '%{http_code}' "${curl_options[@]}" "$@" "$url$path" 2>"$work/curl.err") || true
    body=$(tr -d '\0' <"$work/body") # the shell cannot hold it, and JSON has none
    head=$(tr -d '\r' <"$work/head")
}

# sync TOKEN BODY
sync() {
    request POST /sync -H "Authorization: Bearer $1" -H 'Content-Type: application/json' \
        --data-binary "$2"
}

# header NAME: its value in the last answer
header() {
    sed -n "s/^$1: *//Ip" <<<"$head"
}

# of_body JQ_FILTER: raw strings, one a line; nothing if the body is no JSON
of_body() {
    jq -r "$1" <<<"$body" 2>/dev/null || true
}

# expect_error WHAT STATUS CODE: the form of an error, whoever made it (docs/protocol.md)
expect_error() {
    expect "$1" "$2 $3 false 0 [] application/json" \
        "$status $(of_body '[.error.code, .success, .logical_clock, (.diffs | tojson)] | join(" ")') $(header content-type)"
    # Where the request came from a page of another origin, that may read it.
    [[ -z $origin ]] || expect "$1: for a web app" 1 \
        "$(grep -cixE "access-control-allow-origin: (\\*|$origin)" <<<"$head" || true)"
}

# diff ID OWNER CLOCK TYPE MODEL JSON_DATA
diff_json() {
    jq -cn --arg id "$1" --arg owner "$2" --argjson clock "$3" --arg type "$4" --arg model "$5" \
        --arg data "$6" '{id: $id, owner: $owner, logical_clock: $clock, utc_timestamp: 1604114123778,
                          type: $type, model: $model, json_data: $data}'
}

# push_json CLOCK DIFF…
push_json() {
    local clock=$1 IFS=,
    shift
    printf '{"logical_clock":%s,"diffs":[%s]}' "$clock" "$*"
}

# --- the processes of the stack

# Those that live: one that was killed stays in the list of processes until the master reaps it. The
# housekeeper and the notifier are none of them.
worker_pids() {
    children_of_master | awk '$2 != "housekeeper" && $2 != "notifier" { print $1 }' | sort -n
}

housekeeper_pid() {
    children_of_master | awk '$2 == "housekeeper" { print $1 }'
}

# A line each, of pid and name.
children_of_master() {
    local master
    master=$(serve_pid) || return 0
    # awk itself would stop at the first process that has ended since the shell named it.
    { cat /proc/[0-9]*/status 2>/dev/null || true; } |
        awk -v master="$master" '$1 == "Name:" { name = $2 } $1 == "State:" { state = $2 } $1 == "Pid:" { pid = $2 }
            $1 == "PPid:" && $2 == master && state !~ /[ZX]/ { print pid, name }'
}

# has_none_of PIDS: none of these, a line each, is a worker of now
has_none_of() {
    [[ -z $(comm -12 <(sort <<<"$1") <(worker_pids | sort)) ]]
}

# workers_are_others_than PIDS: there are some, and none of these
workers_are_others_than() {
    has_none_of "$1" && [[ -n $(worker_pids) ]]
}

# --- the log of the server, of which the test that reads it says in log where it is

log_lines() {
    wc -l <"$log"
}

# log_has LINES PATTERN: behind so many lines
log_has() {
    grep -q -- "$2" < <(tail -n "+$(($1 + 1))" "$log")
}

# --- load: clients that each send one new task after the other, until load_stop

# Lines of $work/load.N: status, diff id, error code.
load_start() {
    local clients=$1 i
    rm -f "$work"/load.* "$work/stop"
    load_pids=()
    for ((i = 1; i <= clients; i++)); do
        load_client "$2" "$i" >"$work/load.$i" &
        load_pids+=("$!")
    done
}

load_client() {
    local run=$1 owner=load$2 n=0 token
    token=$(token_of "$owner")
    while [[ ! -e $work/stop ]]; do
        n=$((n + 1))
        load_request "$run-$owner-$n" "$owner" "$token" "$work/answer.$2"
    done
}

load_request() {
    local status
    : >"$4"
    status=$(curl -sS --noproxy '*' -m 30 -o "$4" -w '%{http_code}' -H "Authorization: Bearer $3" \
        -H 'Content-Type: application/json' "$url/sync" --data-binary \
        "{\"logical_clock\":0,\"diffs\":[{\"id\":\"$1\",\"owner\":\"$2\",\"logical_clock\":0,\"utc_timestamp\":1,\"type\":\"create\",\"model\":\"tasks\",\"json_data\":\"{\\\"id\\\":\\\"$1\\\",\\\"name\\\":\\\"n\\\"}\"}]}" \
        2>/dev/null) || true
    printf '%s %s %s\n' "$status" "$1" "$(sed -n 's/.*"code": *"\([A-Z_]*\)".*/\1/p' "$4")"
}

load_now() {
    { cat "$work"/load.[0-9]* 2>/dev/null || true; } | awk "$1" | wc -l
}

load_has() {
    (($(load_now "$2") >= $1))
}

# load_await MORE [CONDITION]: that many more lines of it, of answers with success
load_await() {
    local condition=${2:-'$1 == 200'} goal
    goal=$(($(load_now "$condition") + $1))
    wait_until 60 load_has "$goal" "$condition" ||
        expect "$1 more lines of $condition" "$goal" "$(load_now "$condition")"
}

# Leaves all lines in $work/load.
load_stop() {
    : >"$work/stop"
    wait "${load_pids[@]}"
    cat "$work"/load.[0-9]* >"$work/load"
}

load_count() {
    awk "$1" "$work/load" | wc -l
}

# Every push that was answered with success is stored, once.
expect_all_stored() {
    awk '$1 == 200 { print $2 }' "$work/load" | sort >"$work/answered"
    sql "SELECT id FROM diffs WHERE owner LIKE 'load%'" | sort >"$work/stored"
    expect "$1: every answered push is stored, once" '' "$(comm -23 "$work/answered" "$work/stored")"
}
