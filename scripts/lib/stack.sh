# shellcheck shell=bash disable=SC2154,SC2164 # the caller sets dir, port, binary, config, and -e
# The three parts that `up` starts in $dir (MariaDB, mobync serve, nginx): checks whether each is
# running, starts and stops it. Needs common.sh, process.sh, and $dir.
. "$root/scripts/lib/nchan.sh"

# The kernel's limit on the path of a unix socket, without the final NUL.
socket_path_max=107

dir_check() {
    local longest=$dir/mobync.sock
    # bytes, not characters
    local LC_ALL=C
    ((${#longest} <= socket_path_max)) ||
        die "$dir is too deep: the path of a unix socket can have at most $socket_path_max bytes," \
            "$longest has ${#longest}; choose a shorter --dir"
    # nginx treats these as patterns or quotes.
    [[ $dir != *[][*?\"\\[:cntrl:]]* ]] || die "--dir must not contain any of [ ] * ? \" \\"
    [[ ! -e $dir || -d $dir ]] || die "$dir is not a folder"
}

mysql_pid() {
    process_pid mariadbd "$dir/mysql.pid" "$dir/mysql"
}

serve_pid() {
    process_pid mobync "$dir/mobync.pid" "$dir"
}

nginx_pid() {
    process_pid nginx "$dir/nginx.pid" "$dir"
}

# The database that a config names, if it is not the private one of DIR: its socket, or "a host".
# Everything else (no config, or one without either) is for `mobync serve` to judge.
foreign_database() {
    local socket text
    text=$(sed 's/^ *#.*//; s/ #.*//' "$1" 2>/dev/null) || return 1
    socket=$(sed -n "s/^\(.*[ {,]\)\{0,1\}socket: *['\"]\{0,1\}\([^'\"},]*[^'\"}, ]\).*/\2/p" <<<"$text" | head -n 1)
    if [[ -n $socket ]]; then
        [[ $(realpath -m -- "$socket") != "$(realpath -m -- "$dir/mysql.sock")" ]] || return 1
        printf '%s\n' "$socket"
    elif grep -Eq '(^|[ {,])host: *[^ ~]' <<<"$text"; then
        printf 'a host\n'
    else
        return 1
    fi
}

database_runs() {
    foreign_database "$dir/mobync.yaml" >/dev/null || mysql_pid >/dev/null
}

stack_is_whole() {
    database_runs && serve_pid >/dev/null && nginx_pid >/dev/null
}

# The port of the current or last nginx.
stack_port() {
    sed -n 's/^ *listen 127\.0\.0\.1:\([0-9]*\);$/\1/p' "$dir/nginx.conf"
}

is_healthy() {
    curl -fsS --noproxy '*' -m 5 -o /dev/null "http://127.0.0.1:$1/healthz" 2>/dev/null
}

port_is_taken() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Sets $port to the port of the running nginx; otherwise checks that it is free.
check_port() {
    if nginx_pid >/dev/null; then
        port=$(stack_port)
        return
    fi
    nginx_end_orphans
    if port_is_taken "$port"; then
        die "port $port on 127.0.0.1 is taken by another program: choose another --port"
    fi
}

# The file behind DIR/mobync.yaml, which is a link if --config was given.
config_in_use() {
    readlink "$dir/mobync.yaml" || printf '%s\n' "$dir/mobync.yaml"
}

# Not accessible to others: the database requires no password.
make_dir() {
    [[ -d $dir ]] || (mkdir -p "$(dirname "$dir")" && mkdir -m 0750 "$dir")
}

tail_of() {
    printf -- '--- the end of %s\n' "$1" >&2
    tail -n 20 "$1" >&2 || true
}

# wait_until SECONDS COMMAND…
wait_until() {
    local tenths=$(($1 * 10))
    shift
    until "$@"; do
        ((tenths-- > 0)) || return 1
        sleep 0.1
    done
}

# --- MariaDB

# Installs into a folder that gets its name when it is complete, so that an interrupted first `up`
# leaves nothing that looks like a database. (Not --user, with which the program also changes the
# owner of system files; `loose-` passes the option to the server only; --force: also on a machine
# that cannot look up its own name.)
mysql_install() {
    local as_root=()
    ((EUID != 0)) || as_root=(--loose-user=root)
    say "creating the database in $dir/mysql"
    rm -rf "$dir/mysql.new"
    if ! TMPDIR=$dir/tmp mariadb-install-db --no-defaults --datadir="$dir/mysql.new" \
        --force --skip-test-db --skip-name-resolve "${as_root[@]}" >"$dir/log/mysql-install.log" 2>&1; then
        tail_of "$dir/log/mysql-install.log"
        die "cannot create the database"
    fi
    mv "$dir/mysql.new" "$dir/mysql"
}

# The server executes this at every start, before it accepts connections, as nobody, who cannot be a
# definer; one statement per line.
mysql_init_sql() {
    cat <<'SQL'
CREATE DATABASE IF NOT EXISTS app CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS mobync@localhost;
GRANT ALL PRIVILEGES ON app.* TO mobync@localhost;
CREATE DEFINER = root@localhost PROCEDURE IF NOT EXISTS app.mobync_flush() SQL SECURITY DEFINER FLUSH LOCAL ENGINE LOGS;
SQL
}

mysql_answers() {
    mariadb --no-defaults --socket="$dir/mysql.sock" --user=mobync app -e 'DO 1' >/dev/null 2>&1
}

mysql_answers_or_ended() {
    mysql_answers || ! kill -0 "$1" 2>/dev/null
}

mysql_start() {
    local pid
    if ! pid=$(mysql_pid); then
        mysql_spawn
        started+=(mysql)
        pid=$(<"$dir/mysql.pid")
    fi
    wait_until 60 mysql_answers_or_ended "$pid" || true
    if ! mysql_answers; then
        tail_of "$dir/log/mysql.log"
        die "MariaDB does not respond"
    fi
}

mysql_spawn() {
    local options=(
        --no-defaults # must be the first option
        --datadir="$dir/mysql"
        --socket="$dir/mysql.sock"
        --skip-networking
        --pid-file="$dir/mysql.pid"
        --tmpdir="$dir/tmp"
        --init-file="$dir/mysql-init.sql"
        --innodb-flush-log-at-trx-commit=1
        --character-set-server=utf8mb4
        --max-connections=500
    )
    ((EUID != 0)) || options+=(--user=root)
    [[ -d $dir/mysql ]] || mysql_install
    mysql_init_sql >"$dir/mysql-init.sql"
    say "starting MariaDB"
    cd "$dir/mysql" # its working folder identifies it
    process_spawn "$dir/mysql.pid" "$dir/log/mysql.log" mariadbd "${options[@]}"
}

mysql_stop() {
    process_stop mariadbd "$dir/mysql.pid" "$dir/mysql" TERM 120
}

# --- mobync serve

serve_start() {
    local as_root=()
    ! serve_pid >/dev/null || return 0
    ((EUID != 0)) || as_root=(--allow-root)
    say "starting mobync serve"
    cd "$dir" # its working folder identifies it
    process_spawn "$dir/mobync.pid" "$dir/log/mobync.log" "$binary" serve -c "$config" "${as_root[@]}"
    started+=(serve)
}

serve_stop() {
    process_stop mobync "$dir/mobync.pid" "$dir" TERM 60
    # Only a killed master leaves these behind.
    rm -f "$dir/mobync.sock" "$dir/control.sock"
}

# --- the playground: a page of nginx, and what it cannot do itself. Only with the config that `up`
# wrote.

python=/usr/bin/python3

# True for the config that `up` wrote; the models of another are unknown. What starts nginx alone,
# as bench/run does, has none.
config_is_ours() {
    [[ ${config:-} == "$dir/mobync.yaml" ]]
}

has_playground() {
    config_is_ours
}

backend_pid() {
    process_pid "$(basename "$(readlink -f "$python")")" "$dir/backend.pid" "$dir"
}

backend_start() {
    has_playground || return 0
    ! backend_pid >/dev/null || return 0
    cd "$dir"
    process_spawn "$dir/backend.pid" "$dir/log/backend.log" \
        "$python" "$root/playground/backend.py" "$dir" "$binary" "$config"
    started+=(backend)
}

backend_stop() {
    process_stop "$(basename "$(readlink -f "$python")")" "$dir/backend.pid" "$dir" TERM 5
    rm -f "$dir/sql.sock"
}

nginx_write_playground() {
    rm -rf "$dir/www" "$dir/up-playground.conf"
    has_playground || return 0
    mkdir "$dir/www"
    cp -r "$root/playground" "$root/clients/js" "$dir/www/"
    cp "$root/nginx/up-playground.conf" "$dir/"
}

# --- nginx

# Workers survive a killed master, and keep the port.
nginx_end_orphans() {
    local folder pid title
    ! nginx_pid >/dev/null || return 0
    for folder in /proc/[1-9]*; do
        pid=${folder#/proc/}
        [[ $folder/cwd -ef $dir && $(readlink "$folder/exe" 2>/dev/null) == */nginx* ]] || continue
        title=$(tr '\0' ' ' <"$folder/cmdline" 2>/dev/null) || continue
        [[ $title != 'nginx: worker process'* ]] || { kill -s TERM "$pid" && process_wait "$pid" 5; } || true
    done
}

# Do not wait forever for a request without a response.
nginx_stop() {
    local pid
    if pid=$(nginx_pid); then
        kill -s QUIT "$pid" 2>/dev/null || true
        process_wait "$pid" 3 || true
    fi
    process_stop nginx "$dir/nginx.pid" "$dir" TERM 10
    nginx_end_orphans
}

nginx_write_poke() {
    local text
    cp "$root/nginx/mobync-poke.conf" "$dir/"
    text=$(<"$root/nginx/mobync-poke-http.conf")
    printf '%s\n' "${text//unix:\/run\/mobync-poke.sock/"\"unix:$dir/poke.sock\""}" >"$dir/mobync-poke-http.conf"
}

nginx_write_config() {
    local text user_line=
    # Workers of an nginx run by root would become nobody and could not open the socket.
    ((EUID != 0)) || user_line='user root;'
    text=$(<"$root/nginx/up.conf.in")
    text=${text//@USER@/"$user_line"}
    text=${text//@NCHAN@/"$(nchan_line)"}
    text=${text//@PORT@/"$port"}
    text=${text//@DIR@/"$dir"}
    printf '%s\n' "$text" >"$dir/nginx.conf"
    cp "$root/nginx/mobync-http.conf" "$root/nginx/mobync-locations.conf" "$dir/"
    rm -f "$dir"/mobync-poke*.conf "$dir/poke.sock"
    ! nchan_is_usable || nginx_write_poke
    nginx_write_playground
}

nginx_start() {
    ! nginx_pid >/dev/null || return 0
    say "starting nginx on 127.0.0.1:$port"
    nginx_write_config
    cd "$dir"
    # nginx goes into the background when it has the port.
    if ! nginx -e "$dir/log/nginx.log" -p "$dir/" -c "$dir/nginx.conf" \
        </dev/null >"$dir/log/nginx-start.log" 2>&1 9>&-; then
        tail_of "$dir/log/nginx-start.log"
        die "nginx did not start"
    fi
    started+=(nginx)
    wait_until 10 nginx_pid >/dev/null || die "nginx wrote no $dir/nginx.pid"
}

# What this run has started, in order.
started=()

stop_what_was_started() {
    local i
    for ((i = ${#started[@]} - 1; i >= 0; i--)); do
        "${started[i]}_stop" || true
    done
    started=()
}
