# shellcheck shell=bash
# Shared by the trials of several database servers on loopback: phones that write all the while, and
# the stack in front of the servers (scripts/lib/nodes.sh), which are killed and stopped.
. "$(dirname "${BASH_SOURCE[0]}")/../faults/lib.sh"
. "$root/scripts/lib/nodes.sh"

# shellcheck disable=SC2034 # nodes.sh uses it
nodes=$work/nodes

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
