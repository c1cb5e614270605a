#!/usr/bin/env bash
# Three Galera nodes behind `hosts`, while phones push and pull: the preferred node is cut off from
# the others, or ended, and comes back, again and again; the node in use is killed and rejoins, is
# stopped (SIGSTOP) and goes on, is cut off for moments; another loses its data and gets all of it
# again; the application's SQL and ALTER TABLE run on the others. Every acknowledged sync must be
# there, on every node.
#
# Takes Debian's galera-4 (scripts/lib/galera.sh). MOBYNC_ROUNDS: how often each fault comes; 0: the
# short form, in which the preferred node is cut off once and ended once.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$root/scripts/lib/servers.sh"
. "$root/scripts/lib/galera.sh"

galera_use || { echo 'SKIPPED: the packages of Galera cannot be had'; exit 77; }
rounds=${MOBYNC_ROUNDS:-2}

await_synced() {
    wait_until 180 node_is_synced "$1" || {
        tail -n 40 "$nodes/$1/log"
        expect "node $1 is in the cluster" Synced "$(node_status "$1" wsrep_local_state_comment)"
    }
}

others_than() {
    local node
    for node in 1 2 3; do
        [[ $node == "$1" ]] || printf '%s\n' "$node"
    done
}

# Cut off from the others, not from the workers: by Galera itself, for which nobody has to be root.
# It closes the node's links to the others and takes none; they decide that it is gone as after any
# loss.
cut_off() {
    node_sql "$1" "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'"
}

# In a component of its own it answers pings, and refuses all else.
node_is_alone() {
    [[ $(node_status "$1" wsrep_cluster_status) == non-Primary ]]
}

reconnect() {
    node_sql "$1" "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=0'"
}

# Too short for the others to agree that it is gone, or just long enough.
flicker() {
    local i
    for ((i = 0; i < 5; i++)); do
        cut_off "$1"
        sleep "$((1 + i)).$((RANDOM % 10))"
        reconnect "$1"
        sleep "1.$((RANDOM % 10))"
    done
}

# As the system's service does it.
node_shut_down() {
    kill -s TERM "${pids[$1]}"
    wait "${pids[$1]}" || true
    pids[$1]=
}

# No worker stays behind on a node that the others have left, though it takes writes again.
workers_are_at() {
    local node
    for node in $(others_than "$1"); do
        [[ $(node_sql "$node" "SELECT COUNT(*) FROM information_schema.processlist
            WHERE user = 'mobync'") == 0 ]] || return 1
    done
}

# times_parted NODE: how often it left the primary component. On a machine that is too busy a node
# does so by itself, and whoever uses it has to go elsewhere.
times_parted() {
    grep -c 'view(view_id(NON_PRIM' "$nodes/$1/log" || true
}

# times_at NODE: how often the log says that a worker went there
times_at() {
    grep -c "database: now at 127\.0\.0\.1:${ports[$1]};" "$log" || true
}

# A pool that knows one node alone, and devices that reach it: cluster_config's account is another,
# for workers_are_at.
lone_begin() {
    local dir=$work/lone
    mkdir -p "$dir"
    cp "$work/s/jwt.key" "$dir/"
    node_sql "$1" "CREATE USER lone@'%'; GRANT ALL PRIVILEGES ON app.* TO lone@'%'"
    cluster_config "$1" | sed 's/user: mobync/user: lone/; s/^workers: .*/workers: 1/' >"$dir/faults.yaml"
    undo+=("'$root/scripts/down' --dir '$dir' >/dev/null 2>&1")
    up_on_free_port --dir "$dir" --config "$dir/faults.yaml" >"$work/lone.log" 2>&1 ||
        { cat "$work/lone.log"; exit 1; }
    lone_url=http://127.0.0.1:$(stack_port)
}

# lone_push N: the Nth push of a device that knows no other pool; it can be sent again and again
lone_push() {
    local owner=lone-$run
    url=$lone_url sync "$(token_of "$owner")" "$(push_json "$1" \
        "$(diff_json "$owner-$1" "$owner" "$1" create tasks "{\"id\":\"$owner-$1\",\"name\":\"n\"}")")"
}

# health_is STATUS [URL]
health_is() {
    [[ $(curl -s -o /dev/null -w '%{http_code}' "${2:-$url}/healthz") == "$1" ]]
}

# flap N: the preferred node is gone and comes back, for the Nth time
flap() {
    local at
    if (($1 % 2)); then
        cut_off 1
        phones_pause "the preferred node was cut off ($1)"
        expect_true "$1: it is alone, and health says so" wait_until 60 health_is 503 "$lone_url"
        expect "$1: it is not in the primary component" non-Primary "$(node_status 1 wsrep_cluster_status)"
        lone_push "$pushed"
        expect_error "$1: a push that reaches it" 503 SERVER_BUSY
        expect_true "$1: … is to be sent again" test "$(header retry-after)" -gt 0
        reconnect 1
    else
        node_shut_down 1
        phones_pause "the preferred node was ended ($1)"
        lone_push "$pushed"
        expect_error "$1: a push to it" 503 SERVER_BUSY
        galera_spawn 1
    fi
    await_synced 1
    expect_true "$1: it is back, and health says so" wait_until 60 health_is 200 "$lone_url"
    lone_push "$pushed"
    expect "$1: … and the push is taken" "200 $((pushed + 1))" "$status $(of_body .logical_clock)"
    pushed=$((pushed + 1))
    at=$(host_in_use)
    phones_await 50
    expect_true "$1: node $at is in use, by all workers" wait_until 30 workers_are_at "$at"
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

galera_prepare 1 2 3
undo+=(nodes_end)
node_install 1
galera_spawn 1 --wsrep-new-cluster
await_synced 1
nodes_fill 1
galera_spawn 2
galera_spawn 3
await_synced 2
await_synced 3
expect 'three nodes are a cluster' 3 "$(node_status 1 wsrep_cluster_size)"

mkdir -p "$work/s"
dir=$work/s
cluster_config 1 2 3 >"$work/first.yaml"
(umask 077 && head -c 32 /dev/urandom | base64 >"$dir/jwt.key")
"$MOBYNC_BIN" schema --apply -c "$work/first.yaml" >/dev/null
stack_begin 1 2 3
judge_by 2
lone_begin 1
fleet=(--owners 3 --devices 3 --readers 2)
((rounds > 0)) || fleet=(--owners 2 --devices 2 --readers 1)
phones_begin 200,502,503 "${fleet[@]}" --sql
application_begin 3

pushed=0
parted=$(times_parted 2)
for ((turn = 1; turn <= (rounds > 0 ? 2 * rounds : 2); turn++)); do
    flap "$turn"
done
if [[ $(times_parted 2) == "$parted" ]]; then
    expect 'nobody goes back to the preferred node' 0 "$(times_at 1)"
else
    printf '        node 2 was lost to the others, too: the machine is busy\n'
fi

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

    used=$(host_in_use)
    flicker "$used"
    phones_pause "node $used, in use, was cut off for moments"
    await_synced "$used"
    phones_await 50
    used=$(host_in_use)
    expect_true "round $round: node $used is in use, by all workers" wait_until 30 workers_are_at "$used"

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

((rounds > 0)) || { finish; exit; }

# A node that is alone is not used, though it answers pings; health says so.
for node in $(others_than "$used"); do
    node_end "$node"
done
expect_true 'the last node leaves the primary component, and health says so' wait_until 60 health_is 503
expect 'it answers a ping' 'mysqld is alive' \
    "$(mariadb-admin --no-defaults --socket="$(node_socket "$used")" --user=mobync ping 2>&1)"
node_sql "$used" "SET GLOBAL wsrep_provider_options = 'pc.bootstrap=true'"
expect_true 'it is made the primary component, and health says so' wait_until 60 health_is 200
finish
