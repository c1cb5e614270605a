#!/usr/bin/env bash
# clients/conformance finds faults in a client. MOBYNC_EVERY=N: each Nth alone.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/common.sh"
. "$root/tests/clients/node.sh"

exec "$conformance/planted.py" --every "${MOBYNC_EVERY:-1}"
