# shellcheck shell=bash disable=SC2034,SC2154 # the caller sets root and uses these
# Whoever needs node sources this: without it, the test is skipped.
conformance=$root/clients/conformance
drive_js=(node "$conformance/drive_js.mjs")
export PYTHONDONTWRITEBYTECODE=1

command -v node >/dev/null || {
    printf 'SKIPPED: there is no node (package nodejs)\n'
    exit 77
}
