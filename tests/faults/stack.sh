#!/usr/bin/env bash
# Starts and stops the stack that the tests of faults share. usage: stack.sh up|down
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case $1 in
up)
    dir=$(mktemp -d "${TMPDIR:-/tmp}/mobync-faults.XXXXXX")
    printf '%s\n' "$dir" >"$FAULTS_STACK"
    faults_config "$dir" >"$dir/faults.yaml"
    up_on_free_port --dir "$dir" --config "$dir/faults.yaml"
    # Instead of those that `mobync schema` has made; tests reload the server before they begin.
    admin_sql 'DROP TABLE marks, steps, projects'
    admin_sql "$(<"$faults/numbered.sql")"
    ;;
down)
    dir=$(<"$FAULTS_STACK")
    "$root/scripts/down" --dir "$dir"
    rm -rf "$dir"
    ;;
*)
    usage_error "up or down?"
    ;;
esac
