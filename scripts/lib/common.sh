# shellcheck shell=bash
# Shared by all scripts: messages, options and paths.
set -euo pipefail
# mariadbd and nginx are in sbin, which is often not in a user's PATH.
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

# parse_options TABLE ARGUMENT…: TABLE is the name of an associative array from option to value. An
# option without a key there is an error. Accepts `--port 1` and `--port=1`.
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

# Prints the comment at the top of the script.
print_help() {
    sed -n '2,/^[^#]/{/^# shellcheck /d; s/^# \{0,1\}//p}' "$0"
}

# The absolute path of --dir. The default is in the checkout, whatever the working directory.
stack_dir() {
    if [[ -z $1 ]]; then
        printf '%s\n' "$root/run"
    else
        realpath -m -- "$1"
    fi
}

# The program that `up` starts. Tests set MOBYNC_BIN to their own build.
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
