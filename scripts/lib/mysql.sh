# shellcheck shell=bash
# A real MySQL for tests, unpacked from Debian's packages into a folder: nothing is installed, no
# root is needed. Its two programs have the names of MariaDB's, which is what tests start: whoever
# puts the folder first in PATH runs them on MySQL. Needs common.sh.
#
# Environment: MOBYNC_MYSQL_DIR, where it is kept; the default is in the user's cache, so that a
# build from scratch does not fetch it again.

# Debian's older releases have no MySQL, so it comes from the one under development, whose libraries
# go with it. apt checks the signatures; the server itself is pinned.
mysql_suite=sid
mysql_version=9.7.4-2
mysql_sha256=628d2d7d2dc827507bcae80677a9950766b002bec2c658cb96343d9f324f8660 # amd64

mysql_dir() {
    printf '%s\n' "${MOBYNC_MYSQL_DIR:-${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/mobync/mysql-$mysql_version}"
}

# apt-get with lists and a cache of its own, for a system that has no packages yet.
mysql_apt() {
    apt-get -q -o Dir::Etc::sourcelist="$1/sources.list" -o Dir::Etc::sourceparts=- \
        -o Dir::State="$1/state" -o Dir::State::status="$1/status" \
        -o Dir::Cache="$1/cache" -o APT::Sandbox::User="$(id -un)" -o APT::Install-Recommends=false \
        -o Debug::NoLocking=1 "${@:2}"
}

# From where this machine has its own packages.
mysql_archive() {
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' 2>/dev/null |
        grep -v security | head -n 1
}

# What an empty system would get, without what no library of the server needs.
mysql_packages() {
    mysql_apt "$1" --print-uris -y install "mysql-server-core=$mysql_version" |
        sed -n "s/^'[^']*' \([^_]*\)_.*/\1/p" |
        grep -E '^(mysql-server-core|lib.*|gcc-.*-base)$' |
        grep -vE '^lib(perl|pam|systemd|audit|apt|mysqlclient|db5|gdbm|crypt|edit|fido|cbor)'
}

# mysql_fetch FOLDER: the packages, in FOLDER/debs
mysql_fetch() {
    local archive packages
    archive=$(mysql_archive)
    mkdir -p "$1"/{state/lists/partial,cache/archives/partial,debs}
    : >"$1/status"
    printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
        "$archive" "$mysql_suite" >"$1/sources.list"
    mysql_apt "$1" update && packages=$(mysql_packages "$1") && [[ -n $packages ]] || return 1
    # shellcheck disable=SC2086 # several packages
    (cd "$1/debs" && mysql_apt "$1" download $packages) || return 1
    printf '%s  %s\n' "$mysql_sha256" "$(echo "$1"/debs/mysql-server-core_*.deb)" | sha256sum --check
}

# mysql_write_programs FOLDER: with the loader and the libraries that the server was built for. The
# loader is what runs, so it has the name that others know the process by.
mysql_write_programs() {
    local lib
    lib=$(echo "$1"/root/usr/lib/*-linux-gnu)
    mkdir -p "$1/bin" "$1/libexec"
    cp "$lib"/ld-linux-*.so.* "$1/libexec/mariadbd"
    cat >"$1/bin/mariadbd" <<'END'
#!/usr/bin/env bash
# MySQL's server; of MariaDB's options those that it names differently or lacks are put right.
base=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
args=()
for arg; do
    case $arg in
    --no-defaults) ;;
    --innodb-log-file-size=*) args+=(--innodb-redo-log-capacity=64M) ;;
    --loose-user=*) args+=("--user=${arg#*=}") ;;
    *) args+=("$arg") ;;
    esac
done
lib=$(echo "$base"/root/usr/lib/*-linux-gnu)
exec "$base/libexec/mariadbd" --library-path "$lib" "$base/root/usr/sbin/mysqld" --no-defaults \
    --basedir="$base/root/usr" --lc-messages-dir="$base/root/usr/share/mysql" \
    --character-sets-dir="$base/root/usr/share/mysql/charsets" \
    --plugin-dir="$base/root/usr/lib/mysql/plugin" --mysqlx=OFF --secure-file-priv=NULL \
    --skip-log-bin --performance-schema=OFF "${args[@]}"
END
    cat >"$1/bin/mariadb-install-db" <<'END'
#!/usr/bin/env bash
# A new data folder of MySQL, whose root needs no password.
datadir='' user=()
for arg; do
    case $arg in
    --datadir=*) datadir=$arg ;;
    --user=* | --loose-user=*) user=("--user=${arg#*=}") ;;
    esac
done
mkdir -p "$(dirname "${datadir#*=}")"
exec "$(dirname "${BASH_SOURCE[0]}")/mariadbd" --initialize-insecure \
    --innodb-redo-log-capacity=64M "$datadir" "${user[@]}"
END
    chmod +x "$1/bin/mariadbd" "$1/bin/mariadb-install-db"
}

# mysql_unpack FOLDER
mysql_unpack() {
    local deb
    for deb in "$1"/debs/*.deb; do
        dpkg-deb -x "$deb" "$1/root" || return 1
    done
    mysql_write_programs "$1"
    rm -rf "$1"/{debs,state,cache,root/usr/share/doc,root/usr/share/locale}
    "$1/bin/mariadbd" --version
}

# Prints the folder of its programs; the first time fetches it, into a folder that gets its name
# when it is complete. On failure the last lines of what apt said are on standard error.
mysql_programs() {
    local dir new
    dir=$(mysql_dir)
    if [[ ! -x $dir/bin/mariadbd ]]; then
        mkdir -p "$(dirname "$dir")"
        new=$(mktemp -d "$dir.XXXXXX")
        if ! { mysql_fetch "$new" && mysql_unpack "$new"; } >"$new/log" 2>&1; then
            tail -n 5 "$new/log" >&2
            rm -rf "$new"
            return 1
        fi
        rm -rf "$dir"
        mv -T "$new" "$dir"
    fi
    printf '%s\n' "$dir/bin"
}
