#!/usr/bin/env bash
# A primary and two semi-synchronous replicas (AFTER_SYNC) behind `hosts`, while phones push and
# pull: one replica is killed, then the primary; the replica that has more is promoted; the old
# primary is started again, read-only. Then the other replica is promoted, while its primary works.
# Every acknowledged sync must be on the last that was promoted.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# As its option file has it: none takes writes when it is started.
server_spawn() {
    local node=$1
    shift
    node_spawn "$node" --server-id="$node" --log-bin=log --log-slave-updates=1 --sync-binlog=1 \
        --read-only=1 --rpl-semi-sync-slave-enabled=1 "$@"
}

await_answer() {
    wait_until 120 node_answers "$1" || { tail -n 40 "$nodes/$1/log"; exit 1; }
}

# follow REPLICA PRIMARY [OPTION]
follow() {
    node_sql "$1" "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${ports[$2]},
        MASTER_USER = 'repl', MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1 ${3:-};
        START SLAVE"
}

# has_what REPLICA PRIMARY: or is on its way to it
has_what() {
    local position
    position=$(node_sql "$2" 'SELECT @@gtid_binlog_pos')
    [[ $(node_sql "$1" "SELECT MASTER_GTID_WAIT('$position', 20)") == 0 ]]
}

# take_writes NODE: with at least one replica that acknowledges; without, pushes wait.
take_writes() {
    node_sql "$1" "SET GLOBAL rpl_semi_sync_master_wait_point = 'AFTER_SYNC',
        GLOBAL rpl_semi_sync_master_timeout = 3600000, GLOBAL rpl_semi_sync_master_enabled = 1,
        GLOBAL read_only = 0"
}

acknowledging() {
    (($(node_status "$1" Rpl_semi_sync_master_clients) >= $2))
}

has_applied_all() {
    node_sql "$1" 'SHOW SLAVE STATUS\G' | grep -q 'Slave has read all relay log'
}

# The number of the last transaction that it has applied: all are of one domain.
position() {
    node_sql "$1" 'SELECT SUBSTRING_INDEX(@@gtid_slave_pos, "-", -1)'
}

for node in 1 2 3; do
    ports[node]=$(free_port)
    mkdir -p "$nodes/$node/tmp"
done
undo+=(nodes_end)
node_install 1
for node in 2 3; do
    cp -a "$nodes/1/data" "$nodes/$node/data"
done
for node in 1 2 3; do
    server_spawn "$node"
done
for node in 1 2 3; do
    await_answer "$node"
done
node_sql 1 "CREATE USER repl@'%'; GRANT REPLICATION SLAVE ON *.* TO repl@'%'"
follow 2 1
follow 3 1
nodes_fill 1
take_writes 1
expect_true 'both replicas acknowledge' wait_until 60 acknowledging 1 2

dir=$work/s
mkdir -p "$dir"
(umask 077 && head -c 32 /dev/urandom | base64 >"$dir/jwt.key")
cluster_config 1 2 3 >"$work/first.yaml"
"$MOBYNC_BIN" schema --apply -c "$work/first.yaml" >/dev/null
"$MOBYNC_BIN" check -c "$work/first.yaml" >"$work/check" || cat "$work/check"
expect 'check has nothing to say about replication' '' "$(grep semi_sync "$work/check" || true)"
stack_begin 1 2 3
judge_by 1
phones_begin 200,502,503 --owners 3 --devices 3 --readers 2
phones_await 100

node_end 3
phones_pause 'a replica was killed'
server_spawn 3
await_answer 3
expect_true 'it acknowledges again' wait_until 60 acknowledging 1 2
phones_await 50

began=$(milliseconds)
node_end 1
for node in 2 3; do
    expect_true "replica $node applies what it has" wait_until 60 has_applied_all "$node"
done
new=2 other=3
(($(position 3) <= $(position 2))) || { new=3; other=2; }
for node in 2 3; do
    node_sql "$node" 'STOP SLAVE; RESET SLAVE ALL'
done
follow "$other" "$new"
take_writes "$new"
phones_await 8 120
printf '        the primary was killed, a replica promoted: %d ms until pushes were acknowledged again\n' \
    $(($(milliseconds) - began))
server_spawn 1
await_answer 1
phones_await 100
expect 'the old primary is back, read-only, and not in use' "$new" "$(host_in_use)"

# In the order of docs/cluster.md.
began=$(milliseconds)
node_sql "$new" 'SET GLOBAL read_only = 1; KILL USER mobync;
    SET GLOBAL rpl_semi_sync_master_enabled = 0'
expect_true "replica $other applies what it has" wait_until 60 has_applied_all "$other"
expect 'it has all' "$(node_sql "$new" 'SELECT @@gtid_binlog_pos')" \
    "$(node_sql "$other" 'SELECT @@gtid_binlog_pos')"
node_sql "$other" 'STOP SLAVE; RESET SLAVE ALL'
follow "$new" "$other" ', MASTER_DEMOTE_TO_SLAVE = 1'
expect 'no device has moved on its own' "$new" "$(host_in_use)"
take_writes "$other"
phones_await 8 120
printf '        another replica was promoted, as planned: %d ms until pushes were acknowledged again\n' \
    $(($(milliseconds) - began))
phones_await 100
expect 'the promoted replica is in use' "$other" "$(host_in_use)"
expect_true 'its old primary has what it has' has_what "$new" "$other"
judge_by "$other"
phones_end 'a replica is promoted'
finish
