#!/usr/bin/env bash
# WatermelonDB and RxDB, unmodified, beside mobync devices and SQL on the same rows: random
# operations, lost requests and answers, killed workers. MOBYNC_INTEROP: where the engines are, or
# are put; MOBYNC_RUNS: how many runs of WatermelonDB, of RxDB and of all together;
# MOBYNC_OPERATIONS: of each run.
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

read -r of_watermelon of_rxdb of_all <<<"$MOBYNC_RUNS"
play watermelon "$of_watermelon"
play rxdb "$of_rxdb"
play watermelon,rxdb,mobync,sql "$of_all"
expect_true 'workers were killed' grep -q 'ended by signal 9' "$dir/log/mobync.log"
finish
