# shellcheck shell=bash
# Real database servers for tests, unpacked from Debian's packages of another release into a folder:
# nothing is installed, no root is needed. Their two programs have the names of MariaDB's, which is
# what tests start: whoever puts the folder first in PATH runs them on that server. Needs common.sh.
#
# A server is described by variables, of which NAME is the first part, and a function:
#   NAME_title NAME_suite NAME_package NAME_version
#   NAME_sha256     of the package, on amd64; apt checks the signatures of all
#   NAME_dir        where it is kept
#   NAME_needless   a regular expression: libraries that its package depends on and does not load
#   NAME_write_programs FOLDER: bin/mariadbd and bin/mariadb-install-db in FOLDER, where root/ has
#                   the files of the packages, and libexec/mariadbd is their loader

# kept_in NAME [FOLDER]: FOLDER, or one of that name in the user's cache, so that a build from
# scratch does not fetch it again
kept_in() {
    printf '%s\n' "${2:-${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/mobync/$1}"
}

# made_once FOLDER COMMAND…: has `COMMAND… NEW` fill a folder, which gets its name when it is
# complete. On failure the last lines of what the command said are on standard error.
made_once() {
    local dir=$1 new
    shift
    [[ ! -d $dir/root ]] || return 0
    mkdir -p "$(dirname "$dir")"
    new=$(mktemp -d "$dir.XXXXXX")
    if ! "$@" "$new" >"$new/log" 2>&1; then
        tail -n 5 "$new/log" >&2
        rm -rf "$new"
        return 1
    fi
    rm -rf "$dir"
    mv -T "$new" "$dir"
}

# server_get NAME KEY
server_get() {
    local key=$1_$2
    printf '%s' "${!key}"
}

# apt-get with lists and a cache of its own, for a system that has no packages yet.
server_apt() {
    apt-get -q -o Dir::Etc::sourcelist="$1/sources.list" -o Dir::Etc::sourceparts=- \
        -o Dir::State="$1/state" -o Dir::State::status="$1/status" \
        -o Dir::Cache="$1/cache" -o APT::Sandbox::User="$(id -un)" -o APT::Install-Recommends=false \
        -o Debug::NoLocking=1 "${@:2}"
}

# From where this machine has its own packages.
server_archive() {
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' 2>/dev/null |
        grep -v security | head -n 1
}

# server_packages NAME FOLDER: what an empty system would get, without what no library of it needs
server_packages() {
    local package
    package=$(server_get "$1" package)
    server_apt "$2" --print-uris -y install "$package=$(server_get "$1" version)" |
        sed -n "s/^'[^']*' \([^_]*\)_.*/\1/p" |
        grep -E "^($package|lib.*|zlib1g|gcc-.*-base)\$" | grep -vE "$(server_get "$1" needless)"
}

# server_fetch NAME FOLDER: the packages, in FOLDER/debs
server_fetch() {
    local dir=$2 packages
    mkdir -p "$dir"/{state/lists/partial,cache/archives/partial,debs}
    : >"$dir/status"
    printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
        "$(server_archive)" "$(server_get "$1" suite)" >"$dir/sources.list"
    server_apt "$dir" update && packages=$(server_packages "$1" "$dir") && [[ -n $packages ]] || return 1
    # shellcheck disable=SC2086 # several packages
    (cd "$dir/debs" && server_apt "$dir" download $packages) || return 1
    printf '%s  %s\n' "$(server_get "$1" sha256)" \
        "$(echo "$dir/debs/$(server_get "$1" package)"_*.deb)" | sha256sum --check
}

# server_unpack NAME FOLDER. The programs run with the loader and the libraries that they were built
# for. The loader is what runs, so it has the name that others know the process by.
server_unpack() {
    local dir=$2 deb
    for deb in "$dir"/debs/*.deb; do
        dpkg-deb -x "$deb" "$dir/root" || return 1
    done
    mkdir -p "$dir/bin" "$dir/libexec"
    cp "$dir"/root/usr/lib/*-linux-gnu/ld-linux-*.so.* "$dir/libexec/mariadbd" || return 1
    "$1_write_programs" "$dir"
    chmod +x "$dir/bin/mariadbd" "$dir/bin/mariadb-install-db"
    rm -rf "$dir"/{debs,state,cache,root/usr/share/doc,root/usr/share/locale}
    "$dir/bin/mariadbd" --version
}

server_make() {
    server_fetch "$1" "$2" && server_unpack "$1" "$2"
}

# server_programs NAME: prints the folder of its programs, which the first call makes
server_programs() {
    local dir
    dir=$(server_get "$1" dir)
    made_once "$dir" server_make "$1" && printf '%s\n' "$dir/bin"
}
