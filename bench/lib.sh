# shellcheck shell=bash disable=SC2001,SC2154 # run and grow set sides
# Shared by bench/run and bench/grow: the measured stack, its ceilings, and one measurement.
#
# Three sides are measured in turn: `product`, mobync serve behind nginx; `transport`, the same
# nginx in front of workers that return constants; `database`, the bare SQL of a sync.
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib/common.sh"
. "$root/scripts/lib/packages.sh"
. "$root/scripts/lib/build.sh"
. "$root/scripts/lib/process.sh"
. "$root/scripts/lib/stack.sh"

usage_error() {
    printf '%s: %s (see bench/%s --help)\n' "$program" "$*" "$program" >&2
    exit 2
}

# MariaDB is at rest with fewer dirty pages and a shorter undo history than this.
rest_pages=100
rest_history=1000

# take_flag NAME ARGUMENT…: leaves the arguments without --NAME in $arguments; true if it was there.
take_flag() {
    local flag=--$1 argument found=1
    shift
    arguments=()
    for argument; do
        if [[ $argument == "$flag" ]]; then
            found=0
        else
            arguments+=("$argument")
        fi
    done
    return "$found"
}

# Sets $build to the folder with the programs: the argument, or the release preset's.
bench_build() {
    build=$1
    if [[ -z $build ]]; then
        build=$root/build/release
        packages_install "${build_packages[@]}" "${run_packages[@]}" "${plot_packages[@]}"
        say "building"
        build_preset release --target mobync benchmarks || die "the build failed"
    fi
    build=$(realpath -- "$build")
    [[ -x $build/mobync && -x $build/bench/load ]] || die "$build does not contain mobync and bench/load"
}

free_port() {
    local candidate
    while :; do
        candidate=$((20000 + RANDOM % 12000)) # below the ports that the kernel assigns to clients
        port_is_taken "$candidate" || break
    done
    printf '%s\n' "$candidate"
}

# bench_start WORKERS BUFFER_POOL: the product and the transport ceiling.
bench_start() {
    bench_start_product "$1"
    set_buffer_pool "$2"
    transport_dir=$work/transport
    transport_port=$(free_port)
    start_transport "$1"
}

# bench_start_product WORKERS: in $work, a new folder that is removed at the end.
bench_start_product() {
    local workers=$1
    work=$(mktemp -d "${TMPDIR:-/tmp}/mobync-bench.XXXXXX")
    chmod 711 "$work" # `up` may start the parts as another user
    trap bench_end EXIT
    trap 'exit 130' HUP INT TERM
    product_dir=$work/product
    product_port=$(free_port)
    start_product "$workers"
    mysql_root_pid=$(<"$product_dir/mysql.pid")
}

bench_end() {
    [[ -z ${transport_dir:-} ]] || (
        dir=$transport_dir
        nginx_stop
        process_stop responder "$dir/responder.pid" "$dir" TERM 5
    ) || true
    [[ ! -d ${product_dir:-} ]] || "$root/scripts/down" --dir "$product_dir" >/dev/null || true
    rm -rf "$work"
}

# start_product WORKERS [SOCKET]: on a MariaDB of its own, or on the server with that socket
start_product() {
    write_config "$@"
    [[ -z ${2-} ]] || apply_schema
    say "starting the stack"
    MOBYNC_BIN=$build/mobync "$root/scripts/up" --port "$product_port" --dir "$product_dir" \
        --config "$work/mobync.yaml" >"$work/up.log" 2>&1 ||
        { tail_of "$work/up.log" && die "scripts/up failed"; }
}

write_config() {
    local text
    text=$(<"$root/conf/up.yaml.in")
    text=$(sed "s/^workers: .*/workers: $1/; s|^  socket: .*|  socket: '${2:-@DIR@/mysql.sock}'|" <<<"$text")
    text=${text//@DIR@/"$product_dir"}
    printf '%s\n' "$text" >"$work/mobync.yaml"
    chmod 644 "$work/mobync.yaml"
}

# up changes nothing in a database that is not its own. It would make the keys.
apply_schema() {
    local name
    for name in jwt poke; do
        (umask 077 && head -c 32 /dev/urandom | base64 >"$product_dir/$name.key")
    done
    "$build/mobync" schema --apply -c "$work/mobync.yaml" >"$work/schema.log" 2>&1 ||
        { tail_of "$work/schema.log" && die "mobync schema failed"; }
}

# As the user who may administrate the private MariaDB.
mysql_admin() {
    mariadb --no-defaults --socket="$product_dir/mysql.sock" --user="$(id -un)" -N "$@"
}

mysql_app() {
    mariadb --no-defaults --socket="$product_dir/mysql.sock" --user=mobync -N app "$@"
}

set_buffer_pool() {
    mysql_admin -e "SET GLOBAL innodb_buffer_pool_size = $(numfmt --from=iec "$1")" ||
        die "cannot set the buffer pool to $1"
}

# nginx with the config of the product, except for the folder of its socket.
start_transport() {
    mkdir -p "$transport_dir/log" "$transport_dir/tmp"
    (
        dir=$transport_dir
        port=$transport_port
        cd "$dir"
        process_spawn "$dir/responder.pid" "$dir/log/responder.log" \
            "$build/bench/responder" "$dir/mobync.sock" "$1"
        wait_until 30 test -S "$dir/mobync.sock" || die "the responder did not start"
        nginx_start >/dev/null
    )
}

# The work that one measurement leaves behind must not count as the cost of the next.
come_to_rest() {
    mysql_admin -e 'SET GLOBAL innodb_max_dirty_pages_pct = 0, GLOBAL innodb_io_capacity_max = 20000,
        GLOBAL innodb_io_capacity = 20000'
    wait_until 300 is_at_rest || say "MariaDB is still writing back pages"
    mysql_admin -e 'SET GLOBAL innodb_max_dirty_pages_pct = 90, GLOBAL innodb_io_capacity = 200,
        GLOBAL innodb_io_capacity_max = 2000'
}

is_at_rest() {
    local pages history
    pages=$(innodb_status Innodb_buffer_pool_pages_dirty)
    history=$(innodb_status Innodb_history_list_length)
    ((pages < rest_pages && history < rest_history))
}

innodb_status() {
    mysql_admin -e "SHOW GLOBAL STATUS LIKE '$1'" | cut -f 2
}

# Every measurement of `run` starts with empty tables.
empty_tables() {
    mysql_app -e 'SET foreign_key_checks = 0; TRUNCATE diffs; TRUNCATE mobync_known;
        TRUNCATE mobync_owners; TRUNCATE tasks;'
    come_to_rest
}

# set_waits MODE: pull10, written10 or young10. New workers look again how they can wait.
set_waits() {
    local written_at='CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP' before
    [[ $1 != pull10 ]] || written_at="'2020-01-01 00:00:00'"
    mysql_admin app -e "TRUNCATE mobync_owners;
        ALTER TABLE mobync_owners MODIFY written_at TIMESTAMP NULL DEFAULT $written_at;
        DROP PROCEDURE IF EXISTS mobync_flush"
    [[ $1 == written10 ]] || mysql_admin app -e \
        'CREATE PROCEDURE mobync_flush() SQL SECURITY DEFINER FLUSH LOCAL ENGINE LOGS'
    before=$(worker_pids)
    kill -s HUP "$(<"$product_dir/mobync.pid")"
    wait_until 60 has_new_workers "$before" || die "the workers were not replaced"
}

worker_pids() {
    local master
    master=$(<"$product_dir/mobync.pid")
    tr ' ' '\n' <"/proc/$master/task/$master/children" | grep . | sort
}

has_new_workers() {
    local now
    now=$(worker_pids)
    [[ $(wc -l <<<"$now") == $(wc -l <<<"$1") && -z $(comm -12 <(printf '%s\n' "$now") <(printf '%s\n' "$1")) ]]
}

# measure SIDE [OPTION…]: prints the line of name=value that the program prints.
measure() {
    local side=$1
    shift
    case $side in
    product)
        "$build/bench/load" --port "$product_port" --key "$product_dir/jwt.key" "$@" \
            --cpu nginx="$(<"$product_dir/nginx.pid")" --cpu workers="$(<"$product_dir/mobync.pid")" \
            --cpu mariadbd="$mysql_root_pid"
        ;;
    transport)
        "$build/bench/load" --port "$transport_port" --key "$product_dir/jwt.key" "$@" \
            --cpu nginx="$(<"$transport_dir/nginx.pid")" \
            --cpu workers="$(<"$transport_dir/responder.pid")"
        ;;
    database)
        "$build/bench/baresql" --socket "$product_dir/mysql.sock" "$@" \
            --cpu mariadbd="$mysql_root_pid"
        ;;
    esac
}

# field NAME LINE
field() {
    sed -n "s/.*\b$1=\([^ ]*\).*/\1/p" <<<"$2"
}

# measure_all RAW_FILE PREFIX OPTION…: the three sides in turn; appends one line each to the file.
# The transport's responses are as large as the product's were.
measure_all() {
    local raw=$1 prefix=$2 line side bytes='' mode=''
    local -a extra
    shift 2
    # Variants of a mode, which differ in the database alone.
    if [[ $1 == --mode && $2 =~ ^(young|written)(.*)$ ]]; then
        mode=$2
        set -- --mode "pull${BASH_REMATCH[2]}" "${@:3}"
    fi
    for side in "${sides[@]}"; do
        extra=()
        [[ $side != transport ]] || extra=(--ceiling "$bytes")
        [[ -z ${fresh_tables:-} || $side == transport ]] || empty_tables
        line=$(measure "$side" "$@" "${extra[@]}") || die "$side: $* failed"
        [[ -z $mode ]] || line=$(sed "s/\bmode=[^ ]*/mode=$mode/" <<<"$line")
        [[ $side != product ]] || bytes=$(field received "$line")
        printf '%s side=%s %s\n' "$prefix" "$side" "$line" >>"$raw"
        printf '%s side=%s %s\n' "$prefix" "$side" "$line"
    done
}

# Resident memory of the largest worker, in KiB.
worker_rss_kib() {
    local pid largest=0 rss
    for pid in $(<"/proc/$(<"$product_dir/mobync.pid")/task/$(<"$product_dir/mobync.pid")/children"); do
        rss=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status")
        ((rss <= largest)) || largest=$rss
    done
    printf '%s\n' "$largest"
}

machine_facts() {
    local model
    model=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)
    printf '%s, %s cores; MariaDB %s, %s\n' "${model:-unknown processor}" "$(nproc)" \
        "$(mysql_app -e 'SELECT VERSION()')" "$(nginx -v 2>&1 | sed 's/^.*: //')"
}

# Processes that run or want to, over the last five minutes: other programs use the machine, too.
machine_load() {
    cut -d ' ' -f 2 /proc/loadavg
}

# write_section NAME FILE: puts standard input between the markers of that name.
write_section() {
    local name=$1 file=$2 text
    text=$(cat)
    grep -q "^<!-- $name: begin -->$" "$file" || die "$file has no section $name"
    TEXT=$text awk -v name="$name" '
        $0 == "<!-- " name ": end -->" { inside = 0 }
        !inside { print }
        $0 == "<!-- " name ": begin -->" { inside = 1; print ENVIRON["TEXT"] }
    ' "$file" >"$file.new"
    mv "$file.new" "$file"
}

# plot NAME DATA: prints the SVG of plot_NAME.gp; labels are in UTF-8.
plot() {
    LC_ALL=C.UTF-8 gnuplot -e "data='$2'" "$root/bench/plot.gp" "$root/bench/plot_$1.gp"
}
