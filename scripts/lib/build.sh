# shellcheck shell=bash disable=SC2154,SC2164 # common.sh sets root, and -e
# Builds with the CMake presets; prints only errors.

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
            grep -n -A 12 -E 'error|FAILED' "$log" | head -n 60 >&2 || tail -n 40 "$log" >&2
            exit 1
        fi
    ) 8>"$root/build/.lock"
}
