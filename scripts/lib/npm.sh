# shellcheck shell=bash
# Packages from npm, as a package.json of this repository pins them, in a folder of their own.
# MOBYNC_NPM: the program npm.

# npm_has FOLDER JSON: they are there already.
npm_has() {
    cmp -s "$2" "$1/installed.json"
}

# npm_fetch FOLDER JSON: one at a time.
npm_fetch() {
    ! npm_has "$1" "$2" || return 0
    mkdir -p "$1" && (
        flock 8
        npm_has "$1" "$2" || npm_install "$1" "$2"
    ) 8>"$1/.lock"
}

# The copy that is compared comes last: an install that was ended is begun again.
npm_install() {
    local cache=()
    # A service's user may have no home to keep npm's cache in.
    [[ -w ${HOME:-/} ]] || cache=(--cache "$1/npm-cache")
    cp "$2" "$1/package.json" &&
        "${MOBYNC_NPM:-npm}" install --prefix "$1" "${cache[@]}" --no-audit --no-fund --omit=dev 8>&- &&
        cp "$2" "$1/installed.json"
}
