#!/usr/bin/env bash
# Starts and stops the stack that the e2e tests share. usage: stack.sh up|down
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case $1 in
up)
    shared=$(mktemp -d "${TMPDIR:-/tmp}/mobync-e2e.XXXXXX")
    printf '%s\n' "$shared" >"$E2E_STACK"
    start_stack "$shared"
    ;;
down)
    use_shared_stack
    "$root/scripts/down" --dir "$dir"
    finish
    rm -rf "$dir"
    ;;
*)
    usage_error "up or down?"
    ;;
esac
