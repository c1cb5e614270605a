#!/usr/bin/env bash
# The tabs of RxDB and WatermelonDB in the playground, in a headless Chromium. MOBYNC_ENGINES: where
# the engines are, or are put, from npm; the rest as for playground.sh.
. "$(dirname "${BASH_SOURCE[0]}")/browser.sh"
. "$root/scripts/lib/npm.sh"

npm_fetch "$MOBYNC_ENGINES" "$root/tests/interop/package.json" >"$work/npm.log" 2>&1 ||
    skip "npm cannot fetch WatermelonDB and RxDB: $(tail -n 1 "$work/npm.log")"
open_playground
browse engines.mjs
finish
