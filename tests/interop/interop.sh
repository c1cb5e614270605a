#!/usr/bin/env bash
# WatermelonDB and RxDB, unmodified, beside mobync devices and SQL on the same rows: random
# operations, lost requests and answers, killed workers. MOBYNC_INTEROP: where the engines are, or
# are put; MOBYNC_RUNS: how many runs of WatermelonDB, of RxDB and of all together;
# MOBYNC_OPERATIONS: of each run. At the end the app has two versions: as many runs as of RxDB.
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"
. "$root/tests/clients/node.sh"
. "$root/scripts/lib/npm.sh"
interop=$root/tests/interop

if ! npm_fetch "$MOBYNC_INTEROP" "$interop/package.json" >"$work/npm.log" 2>&1; then
    printf 'SKIPPED: npm cannot fetch WatermelonDB and RxDB: %s\n' "$(tail -n 1 "$work/npm.log")"
    exit 77
fi
mkdir "$work/s"
sed "s|@DIR@|$work/s|" "$interop/interop.yaml.in" >"$work/s/e2e.yaml"
own_stack
export INTEROP_DIR=$dir INTEROP_URL=$url INTEROP_KILLS=1 NODE_PATH=$MOBYNC_INTEROP/node_modules

expect_true 'the code of docs/watermelondb.md and docs/rxdb.md runs as it stands' node "$interop/pages.cjs" "$root/docs"

# play ENGINES RUNS
play() {
    expect_true "$1: $2 runs of $MOBYNC_OPERATIONS operations end equal" \
        node "$interop/random.cjs" "$1" "$2" "$MOBYNC_OPERATIONS"
}

# Where numbers of versions mean something, there is no third.
knows_version_1() {
    sync "$(token_of nobody)" '{"logical_clock": 0, "schema_version": 3, "diffs": []}'
    [[ $status == 400 ]]
}

read -r of_watermelon of_rxdb of_all <<<"$MOBYNC_RUNS"
play watermelon "$of_watermelon"
play rxdb "$of_rxdb"
play watermelon,rxdb,mobync,sql "$of_all"

# --- an old version of the app beside the newest: a field that it calls otherwise, and one that it
# does not see
cat >>"$dir/e2e.yaml" <<'END'
versions:
  - { version: 1, models: { tasks: { rename: { name: label }, without: [score] } } }
END
kill -s HUP "$(<"$dir/mobync.pid")"
expect_true 'the server knows two versions' wait_until 20 knows_version_1
INTEROP_VERSIONS=2 play mobync,mobync@1,watermelon,watermelon@1,sql "$of_rxdb"
INTEROP_VERSIONS=2 play mobync@1,rxdb,rxdb@1,sql "$of_rxdb"
expect_true 'workers were killed' grep -q 'ended by signal 9' "$dir/log/mobync.log"
finish
