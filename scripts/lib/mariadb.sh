# shellcheck shell=bash disable=SC2034 # servers.sh reads the variables
# A newer MariaDB than Debian 12's for tests: server_programs mariadb. Needs servers.sh.
#
# Environment: MOBYNC_MARIADB_DIR, where it is kept.

mariadb_title='MariaDB 11.8'
mariadb_suite=trixie
mariadb_package=mariadb-server-core
mariadb_version=1:11.8.9+ds-0+deb13u1
mariadb_sha256=0d14ff7db4b97ba76ece9e1531f509ce9d82d7c8eba6c56bcb569d87d0481654
mariadb_dir=$(kept_in "mariadb-${mariadb_version#*:}" "${MOBYNC_MARIADB_DIR:-}")
mariadb_needless='^$' # none

mariadb_write_programs() {
    cat >"$1/bin/mariadbd" <<'END'
#!/usr/bin/env bash
# The server, without the configuration of another one that is installed.
base=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
[[ ${1:-} != --no-defaults ]] || shift
lib=$(echo "$base"/root/usr/lib/*-linux-gnu)
exec "$base/libexec/mariadbd" --library-path "$lib" "$base/root/usr/sbin/mariadbd" --no-defaults \
    --basedir="$base/root/usr" --lc-messages-dir="$base/root/usr/share/mariadb" \
    --character-sets-dir="$base/root/usr/share/mariadb/charsets" \
    --plugin-dir="$base/root/usr/lib/mysql/plugin" "$@"
END
    # Of the client's package, which there is not; it has nothing to print without defaults.
    ln -s /bin/true "$1/root/usr/bin/my_print_defaults"
    cat >"$1/bin/mariadb-install-db" <<'END'
#!/usr/bin/env bash
# The package's own script, which runs the server as above. Its resolveip would need the libraries.
base=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
[[ ${1:-} != --no-defaults ]] || shift
export MYSQLD_BOOTSTRAP=$base/bin/mariadbd
exec "$base/root/usr/bin/mariadb-install-db" --no-defaults --basedir="$base/root/usr" --force "$@"
END
}
