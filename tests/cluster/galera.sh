#!/usr/bin/env bash
# Three Galera nodes behind `hosts`, while phones push and pull: the node in use is killed and
# rejoins, is stopped (SIGSTOP) and goes on, another loses its data and gets all of it again; the
# application's SQL and ALTER TABLE run on the others. Every acknowledged sync must be there, on
# every node. Takes Debian's galera-4 (scripts/lib/galera.sh); MOBYNC_ROUNDS: how often each fault
# comes.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$root/scripts/lib/servers.sh"
. "$root/scripts/lib/galera.sh"

galera=$(galera_root) || { echo 'SKIPPED: the packages of Galera cannot be had'; exit 77; }
PATH=$galera/usr/bin:$PATH
LD_LIBRARY_PATH=$(printf '%s:' "$galera"/usr/lib/*-linux-gnu "$galera"/lib/*-linux-gnu)
export PATH LD_LIBRARY_PATH

rounds=${MOBYNC_ROUNDS:-2}
declare -a group_ports ist_ports sst_ports

# galera_spawn N OPTION…
galera_spawn() {
    local node=$1 members
    shift
    members=$(printf ',127.0.0.1:%s' "${group_ports[@]}")
    node_spawn "$node" --wsrep-on=1 --wsrep-provider="$galera/usr/lib/galera/libgalera_smm.so" \
        --wsrep-cluster-name=mobync --wsrep-cluster-address="gcomm://${members#,}" \
        --wsrep-node-name="n$node" --wsrep-node-address="127.0.0.1:${group_ports[node]}" \
        --wsrep-node-incoming-address="127.0.0.1:${ports[node]}" \
        --wsrep-sst-method=rsync --wsrep-sst-receive-address="127.0.0.1:${sst_ports[node]}" \
        --wsrep-provider-options="base_host=127.0.0.1;base_port=${group_ports[node]};gmcast.listen_addr=tcp://127.0.0.1:${group_ports[node]};ist.recv_addr=127.0.0.1:${ist_ports[node]};gcache.size=64M;pc.recovery=false" \
        --binlog-format=ROW --innodb-autoinc-lock-mode=2 "$@"
}

node_is_synced() {
    [[ $(node_status "$1" wsrep_local_state_comment) == Synced && $(node_status "$1" wsrep_ready) == ON ]]
}

await_synced() {
    wait_until 180 node_is_synced "$1" || {
        tail -n 40 "$nodes/$1/log"
        expect "node $1 is in the cluster" Synced "$(node_status "$1" wsrep_local_state_comment)"
    }
}

cluster_has() {
    [[ $(node_status "$2" wsrep_cluster_size) == "$1" ]]
}

others_than() {
    local node
    for node in 1 2 3; do
        [[ $node == "$1" ]] || printf '%s\n' "$node"
    done
}

# Statements of the application on a node, until application_end. One that loses against another
# node's write gets a deadlock, as everywhere on Galera: it is run again.
application_begin() {
    (
        trap 'exit 0' TERM
        while :; do
            node_sql "$1" "UPDATE app.tasks SET priority = priority + 1 WHERE owner_id LIKE '$run-%'
                ORDER BY RAND() LIMIT 3" >/dev/null 2>&1 || true
            sleep 0.2
        done
    ) &
    application=$!
    undo+=("kill -s TERM $application 2>/dev/null || true")
}

application_end() {
    kill -s TERM "$application" 2>/dev/null || true
    wait "$application" 2>/dev/null || true
}

# add_column NODE NAME: on Galera a DDL statement may lose against writes, too.
add_column() {
    node_sql "$1" "ALTER TABLE app.tasks ADD COLUMN IF NOT EXISTS $2 INT" 2>>"$work/ddl"
}

for node in 1 2 3; do
    ports[node]=$(free_port) group_ports[node]=$(free_port)
    ist_ports[node]=$(free_port) sst_ports[node]=$(free_port)
    mkdir -p "$nodes/$node/tmp" "$nodes/$node/data"
done
undo+=(nodes_end)
node_install 1
galera_spawn 1 --wsrep-new-cluster
await_synced 1
nodes_fill 1
galera_spawn 2
await_synced 2
galera_spawn 3
await_synced 3
expect 'three nodes are a cluster' 3 "$(node_status 1 wsrep_cluster_size)"

mkdir -p "$work/s"
dir=$work/s
cluster_config 1 2 3 >"$work/first.yaml"
(umask 077 && head -c 32 /dev/urandom | base64 >"$dir/jwt.key")
"$MOBYNC_BIN" schema --apply -c "$work/first.yaml" >/dev/null
stack_begin 1 2 3
judge_by 2
phones_begin 200,502,503 --owners 3 --devices 3 --readers 2 --sql
application_begin 3

for ((round = 1; round <= rounds; round++)); do
    used=$(host_in_use)
    node_end "$used"
    phones_pause "node $used, in use, was killed"
    expect_true "round $round: another node is in use" test "$(host_in_use)" != "$used"
    galera_spawn "$used"
    await_synced "$used"
    phones_await 50
    expect_true "round $round: the preferred node is back and not in use" test "$(host_in_use)" != "$used"

    used=$(host_in_use)
    kill -s STOP "${pids[used]}"
    phones_pause "node $used, in use, was stopped"
    kill -s CONT "${pids[used]}"
    await_synced "$used"
    phones_await 50

    read -r other < <(others_than "$(host_in_use)")
    expect_true "round $round: a table is altered" wait_until 60 add_column "$other" "extra$round"
    phones_await 50
    node_end "$other"
    rm -rf "${nodes:?}/$other/data"
    mkdir "$nodes/$other/data"
    galera_spawn "$other"
    await_synced "$other"
    phones_pause "node $other got all data again"
done
application_end
for node in 1 2 3; do
    await_synced "$node"
done
used=$(host_in_use)
judge_by "$used"
phones_end 'nodes come and go'

# All of them have the same.
for node in $(others_than "$used"); do
    expect "node $node has what node $used has" \
        "$(node_sql "$used" 'CHECKSUM TABLE app.tasks, app.diffs, app.mobync_owners, app.mobync_known')" \
        "$(node_sql "$node" 'SET SESSION wsrep_sync_wait = 1; CHECKSUM TABLE app.tasks, app.diffs, app.mobync_owners, app.mobync_known')"
done

# A node that is alone is not used, though it answers pings; health says so.
for node in $(others_than "$used"); do
    node_end "$node"
done
health_is() {
    [[ $(curl -s -o /dev/null -w '%{http_code}' "$url/healthz") == "$1" ]]
}
expect_true 'the last node leaves the primary component, and health says so' wait_until 60 health_is 503
expect 'it answers a ping' 'mysqld is alive' \
    "$(mariadb-admin --no-defaults --socket="$(node_socket "$used")" --user=mobync ping 2>&1)"
node_sql "$used" "SET GLOBAL wsrep_provider_options = 'pc.bootstrap=true'"
expect_true 'it is made the primary component, and health says so' wait_until 60 health_is 200
finish
