#!/usr/bin/env bash
# clients/js keeps all that docs/client.md asks for.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/common.sh"
. "$root/tests/clients/node.sh"

exec "$conformance/conformance.py" "${drive_js[@]}"
