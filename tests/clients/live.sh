#!/usr/bin/env bash
# When clients/js syncs and listens by itself.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/common.sh"
. "$root/tests/clients/node.sh"

exec node "$root/tests/clients/live.mjs" "$root/clients/js/mobync.js"
