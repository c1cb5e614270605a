# shellcheck shell=bash disable=SC2154 # callers set nodes
# Several MariaDB servers on loopback, for trials and benchmarks of clusters. Server N has the
# folder $nodes/N and the port ${ports[N]}. Needs common.sh and stack.sh.
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
