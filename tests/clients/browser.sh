# shellcheck shell=bash disable=SC2034,SC2154 # the caller uses these
# Shared by the tests of the playground, which are skipped where a part is missing.
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"
. "$root/tests/clients/node.sh"

skip() {
    printf 'SKIPPED: %s\n' "$1"
    exit 77
}

[[ -x /usr/bin/chromium ]] || skip 'there is no Chromium (package chromium)'
[[ -x /usr/bin/python3 ]] || skip 'there is no python3, which the page needs for SQL'
nchan_is_usable || skip 'nginx has no nchan (package libnginx-mod-nchan)'
[[ -d $MOBYNC_PUPPETEER/node_modules/puppeteer-core ]] ||
    npm install --prefix "$MOBYNC_PUPPETEER" --no-audit --no-fund puppeteer-core@22.15.0 >"$work/npm.log" 2>&1 ||
    skip 'npm cannot fetch puppeteer-core'

# The stack with its page.
open_playground() {
    undo+=("'$root/scripts/down' --dir '$work/s'")
    up_on_free_port --dir "$work/s" >"$work/up.log" 2>&1 || { cat "$work/up.log"; exit 1; }
    use_stack "$work/s"
}

# browse SCRIPT
browse() {
    HOME=$work node "$root/tests/clients/$1" "$MOBYNC_PUPPETEER" "$url/" ${MOBYNC_SHOTS:+"$MOBYNC_SHOTS"} ||
        failures=$((failures + 1))
}
