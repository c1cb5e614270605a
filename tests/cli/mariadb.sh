# shellcheck shell=sh disable=SC2154 # lib.sh sets dir
# A private MariaDB in $dir, with a database `app` and a user `mobync` that may do everything in it.
# Sourced after lib.sh; stopped at the end of the test.
socket=$dir/mysql.sock
as_root=
[ "$(id -u)" -ne 0 ] || as_root=--user=root

# shellcheck disable=SC2317 # called by the trap
stop_database() {
    kill "$mysql_pid" && wait "$mysql_pid"
    rm -rf "$dir"
}
# Left to itself, the client talks in the character set of the locale.
client() {
    mariadb --no-defaults --socket="$socket" --default-character-set=utf8mb4 "$@"
}
sql() {
    client --user=root --batch --skip-column-names --execute="$1"
}

# At its start a server removes the temporary files that it finds: never in a shared place.
export TMPDIR="$dir"
# shellcheck disable=SC2086 # empty, or one option
mariadb-install-db --no-defaults --datadir="$dir/data" --auth-root-authentication-method=normal \
    $as_root >"$dir/install.log" 2>&1 || { cat "$dir/install.log"; exit 1; }
# shellcheck disable=SC2086
mariadbd --no-defaults --datadir="$dir/data" --socket="$socket" --skip-networking \
    --innodb-buffer-pool-size=32M $as_root >"$dir/mysql.log" 2>&1 &
mysql_pid=$!
trap stop_database EXIT
tries=0
until sql "SELECT 1" >"$dir/out" 2>"$dir/err"; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || { cat "$dir/mysql.log"; exit 1; }
    sleep 0.2
done
sql "CREATE DATABASE app; CREATE USER mobync@localhost; GRANT ALL ON app.* TO mobync@localhost;
     CREATE PROCEDURE app.mobync_flush() SQL SECURITY DEFINER FLUSH LOCAL ENGINE LOGS"
