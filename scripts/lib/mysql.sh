# shellcheck shell=bash disable=SC2034 # servers.sh reads the variables
# A real MySQL for tests: server_programs mysql. Needs servers.sh.
#
# Environment: MOBYNC_MYSQL_DIR, where it is kept.

# Debian's releases have no MySQL, so it comes from the one under development.
mysql_title=MySQL
mysql_suite=sid
mysql_package=mysql-server-core
mysql_version=9.7.4-2
mysql_sha256=628d2d7d2dc827507bcae80677a9950766b002bec2c658cb96343d9f324f8660
mysql_dir=$(kept_in "mysql-$mysql_version" "${MOBYNC_MYSQL_DIR:-}")
mysql_needless='^lib(perl|pam|systemd|audit|apt|mysqlclient|db5|gdbm|crypt|edit|fido|cbor)'

mysql_write_programs() {
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
}
