# shellcheck shell=bash
# Shared by everything under scripts/: messages, options, and where things are.
set -euo pipefail
# mariadbd and nginx are in sbin, which a user's PATH often leaves out.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
program=${0##*/}

say() {
    printf '%s: %s\n' "$program" "$*"
}

die() {
    printf '%s: %s\n' "$program" "$*" >&2
    exit 1
}

usage_error() {
    printf '%s: %s (see scripts/%s --help)\n' "$program" "$*" "$program" >&2
    exit 2
}

# parse_options TABLE ARGUMENT…: TABLE is the name of an associative array from option to value; an
# option that has no key in it is a mistake. Both `--port 1` and `--port=1` are understood.
parse_options() {
    local -n options_out=$1
    shift
    while (($# > 0)); do
        local name=${1%%=*}
        [[ $name == --* && -v options_out["${name#--}"] ]] || usage_error "unknown argument $1"
        if [[ $1 == *=* ]]; then
            options_out[${name#--}]=${1#*=}
            shift
        else
            (($# > 1)) || usage_error "$1 needs a value"
            options_out[${name#--}]=$2
            shift 2
        fi
    done
}

wants_help() {
    local argument
    for argument; do
        [[ $argument == -h || $argument == --help ]] && return 0
    done
    return 1
}

# The comment at the top of a script is its manual.
print_help() {
    sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"
}

# The folder that --dir names, absolute. The default belongs to the checkout, wherever one stands.
stack_dir() {
    if [[ -z $1 ]]; then
        printf '%s\n' "$root/run"
    else
        realpath -m -- "$1"
    fi
}

# What `up` starts. Tests put their own build here.
mobync_binary() {
    printf '%s\n' "${MOBYNC_BIN:-$root/build/release/mobync}"
}

shell_quote() {
    if [[ $1 =~ ^[A-Za-z0-9_./:=@%+-]+$ ]]; then
        printf '%s' "$1"
    else
        printf "'%s'" "${1//\'/\'\\\'\'}"
    fi
}
