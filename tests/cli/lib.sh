# shellcheck shell=sh
# What the tests of the command line share: runs of the binary and what they must say. Sourced with
# the binary as $1; leaves its files in $dir.
set -u
mobync=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failures=0

fault() {
    failures=$((failures + 1))
    echo "FAILED: $1"
    sed 's/^/  out: /' "$dir/out"
    sed 's/^/  err: /' "$dir/err"
}

# run STATUS ARGUMENT...: the exit status must be this one.
run() {
    wanted=$1
    shift
    "$mobync" "$@" >"$dir/out" 2>"$dir/err"
    status=$?
    what="mobync $*"
    [ "$status" -eq "$wanted" ] || fault "$what: status $status, not $wanted"
}

# says FILE PATTERN: what the last run wrote to out or err; silent FILE: it wrote nothing there.
says() {
    grep -q -- "$2" "$dir/$1" || fault "$what: no '$2' on $1"
}
silent() {
    [ ! -s "$dir/$1" ] || fault "$what: $1 is not empty"
}

# The last line and the exit status of a test.
finish() {
    [ "$failures" -eq 0 ] && echo "all as expected"
    exit $((failures > 0))
}
