#!/usr/bin/env bash
# What the build demands of a machine is what scripts/up installs and docs/deploy.md names: on a
# machine that has been built on, nobody sees that something is missing.
# usage: needs.sh SOURCE_DIR
cd "$1"
. scripts/lib/common.sh
. scripts/lib/packages.sh
faults=0

# Debian's minimal system has these; the compiler's package has threads.
always=(PkgConfig Threads awk gzip)

fault() {
    printf '%s\n' "$*"
    faults=$((faults + 1))
}

# The folders that a build of the program reads, as probes of packages.sh.
demanded() {
    local files
    mapfile -t files < <(git ls-files '*CMakeLists.txt' '*.cmake' 2>/dev/null || find . -path ./build -prune -o -name '*.cmake' -print)
    sed -n -E 's/.*pkg_check_modules\([A-Z]+ REQUIRED( IMPORTED_TARGET)? ([a-z0-9.-]+).*/lib:\2/p
        s/.*find_program\([A-Z0-9_]+ ([a-z0-9.-]+).* REQUIRED.*/\1/p
        s/.*find_package\(([A-Za-z0-9]+).* REQUIRED.*/\1/p' "${files[@]}" | sort -u
}

probes=$(printf '%s\n' "${build_packages[@]}" | cut -d' ' -f2)
mapfile -t demands < <(demanded)
((${#demands[@]} > 10)) || fault "read ${#demands[@]} demands from CMake's files: too few"
for demand in "${demands[@]}"; do
    [[ " ${always[*]} " == *" $demand "* ]] || grep -qxF -e "$demand" <<<"$probes" ||
        fault "CMake demands $demand, which no package of build_packages in scripts/lib/packages.sh brings"
done

named=$(sed -n '/^### By hand/,/^cmake/p' docs/deploy.md | sed -n '/^apt-get install/,/[^\\]$/p' |
    sed 's/^apt-get install//; s/\\$//' | tr -s ' ' '\n' | grep . | sort)
wanted=$(printf '%s\n' "${build_packages[@]}" | cut -d' ' -f1 | sort)
[[ $named == "$wanted" ]] ||
    fault "docs/deploy.md, By hand, is not as build_packages: $(diff <(printf '%s\n' "$wanted") <(printf '%s\n' "$named") | grep '^[<>]' | tr '\n' ' ')"
((faults == 0))
