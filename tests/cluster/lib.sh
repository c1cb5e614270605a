# shellcheck shell=bash
# Shared by the trials of several database servers on loopback: servers that are started, killed
# and stopped, phones that write all the while, and the stack in front of them. Server N has the
# folder $nodes/N and the port ${ports[N]}.
. "$(dirname "${BASH_SOURCE[0]}")/../faults/lib.sh"

nodes=$work/nodes
declare -a ports pids

node_socket() {
    printf '%s\n' "$nodes/$1/sock"
}

# node_sql N STATEMENT: as the user that installed the server
node_sql() {
    mariadb --no-defaults --socket="$(node_socket "$1")" --connect-timeout=5 --batch --raw \
        --skip-column-names -e "$2"
}

node_status() {
    node_sql "$1" "SHOW GLOBAL STATUS LIKE '$2'" 2>/dev/null | cut -f2
}

node_answers() {
    node_sql "$1" 'DO 1' >/dev/null 2>&1
}

node_install() {
    local as_root=()
    ((EUID != 0)) || as_root=(--loose-user=root)
    mkdir -p "$nodes/$1/tmp"
    TMPDIR=$nodes/$1/tmp mariadb-install-db --no-defaults --datadir="$nodes/$1/data" --skip-test-db \
        --skip-name-resolve --innodb-log-file-size=16M "${as_root[@]}" >"$nodes/$1/install.log" 2>&1 ||
        { cat "$nodes/$1/install.log"; exit 1; }
}

# node_spawn N OPTION…
node_spawn() {
    local node=$1 as_root=()
    shift
    ((EUID != 0)) || as_root=(--user=root)
    mariadbd --no-defaults --datadir="$nodes/$node/data" --socket="$(node_socket "$node")" \
        --port="${ports[node]}" --bind-address=127.0.0.1 --skip-name-resolve \
        --tmpdir="$nodes/$node/tmp" --pid-file="$nodes/$node/pid" --character-set-server=utf8mb4 \
        --innodb-buffer-pool-size=64M --innodb-log-file-size=16M --max-connections=200 \
        --innodb-flush-log-at-trx-commit=1 --log-bin-trust-function-creators=1 \
        "${as_root[@]}" "$@" >>"$nodes/$node/log" 2>&1 &
    pids[node]=$!
}

# Whatever became of it: no process of the trial is left.
node_end() {
    local pid=${pids[$1]-}
    [[ -n $pid ]] || return 0
    kill -s KILL "$pid" 2>/dev/null || true
    kill -s CONT "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    pids[$1]=
}

nodes_end() {
    local node
    for node in "${!pids[@]}"; do
        node_end "$node"
    done
}

# The database, the account and the tables of the phones, by way of one server.
nodes_fill() {
    node_sql "$1" "CREATE DATABASE app CHARACTER SET utf8mb4;
        CREATE USER mobync@'%'; GRANT ALL PRIVILEGES ON app.* TO mobync@'%';
        CREATE USER mobync@localhost; GRANT ALL PRIVILEGES ON app.* TO mobync@localhost;
        CREATE PROCEDURE app.mobync_flush() SQL SECURITY DEFINER FLUSH LOCAL ENGINE LOGS"
    node_sql "$1" "USE app; $(<"$faults/numbered.sql")"
}

# cluster_config NODE…: hosts in this order of preference
cluster_config() {
    local node hosts=
    for node; do
        hosts+="    - { host: 127.0.0.1, port: ${ports[node]} }\n"
    done
    faults_config "$dir" | sed "s|^  socket: .*|  hosts:\n$hosts|" | sed '/^$/d'
}

# The stack in front of the servers, which prefers them in this order. judge reads what NODE has.
stack_begin() {
    dir=$work/s
    mkdir -p "$dir"
    cluster_config "$@" >"$dir/faults.yaml"
    undo+=("'$root/scripts/down' --dir '$dir' >/dev/null 2>&1")
    up_on_free_port --dir "$dir" --config "$dir/faults.yaml" >"$work/up.log" 2>&1 ||
        { tail -n 20 "$work/up.log" "$dir"/log/*.log; exit 1; }
    use_stack "$dir"
    await_workers
    log=$dir/log/mobync.log
    log_start=0
    run=cluster-$RANDOM
}

judge_by() {
    ln -sfn "$(node_socket "$1")" "$dir/mysql.sock"
}

# The number of the server that workers log to be at: the last that one of them went to.
host_in_use() {
    local port node
    port=$(sed -n 's/.*msg="database: now at 127\.0\.0\.1:\([0-9]*\);.*/\1/p' "$log" | tail -n 1)
    for node in "${!ports[@]}"; do
        [[ ${ports[node]} != "${port:-${ports[1]}}" ]] || printf '%s\n' "$node"
    done
}

# How long phones had no acknowledged push: waits for the next ones, prints milliseconds. What was
# on its way is written into the status within half a second.
phones_pause() {
    local began
    began=$(milliseconds)
    sleep 0.5
    phones_await 8 120
    printf '        %s: %d ms until pushes were acknowledged again\n' "$1" $(($(milliseconds) - began))
}
