# shellcheck shell=bash disable=SC2154,SC2164 # common.sh sets root, and -e
# Builds with the CMake presets; prints only errors.

# build_errors LOG: what the compiler, the linker or CMake reports, otherwise the end of the log.
build_errors() {
    local found
    found=$(grep -n -A 12 -E '(^|[^[:alnum:]_])[Ee]rror([^[:alnum:]_]|$)|undefined reference|FAILED' "$1") || true
    if [[ -n $found ]]; then
        head -n 60 <<<"$found"
    else
        tail -n 40 "$1"
    fi
}

# build_preset PRESET [OPTION…]: options of cmake --build
build_preset() {
    local preset=$1 log=$root/build/$1.log
    shift
    mkdir -p "$root/build"
    (
        # Two builds at the same time would write the same object files.
        flock 8
        cd "$root"
        if ! { cmake --preset "$preset" && cmake --build --preset "$preset" "$@"; } \
            >"$log" 2>&1 8>&-; then
            build_errors "$log" >&2
            exit 1
        fi
    ) 8>"$root/build/.lock"
}
