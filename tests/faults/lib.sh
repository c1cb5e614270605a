# shellcheck shell=bash
# Shared by the tests of faults: a stack of their own, phones that write all the while, and the
# judgement of what is left in the tables.
#
# Environment: MOBYNC_BIN, the build under test; FAULTS_STACK, a file that holds the stack's folder.
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"
faults=$root/tests/faults
export PYTHONDONTWRITEBYTECODE=1
# What no fault may make the server say.
faulty_lines='Sanitizer|runtime error|Assertion'

faults_config() {
    sed "s|@DIR@|$1|" "$faults/faults.yaml.in"
}

# Whatever the test before left behind: all parts run, with the usual config.
use_faults_stack() {
    local name=$1
    dir=$(<"$FAULTS_STACK")
    faults_config "$dir" >"$dir/faults.yaml"
    stack_up
    use_stack "$dir"
    await_workers
    log=$dir/log/mobync.log
    run=$name-$RANDOM
    reload ''
    log_start=$(wc -l <"$log")
}

# Starts the parts that do not run.
stack_up() {
    "$root/scripts/up" --dir "$dir" --port "$(stack_port | grep . || free_port)" \
        --config "$dir/faults.yaml" >"$work/up.log" 2>&1 || { cat "$work/up.log"; exit 1; }
}

# In the place of the one that reads the log from its beginning: that is other tests'.
check_logs() {
    expect 'nothing of a sanitizer or an assertion in the log' '' \
        "$(log_since | grep -E -m 3 "$faulty_lines" || true)"
}

# What the log says of this test.
log_since() {
    tail -n "+$((log_start + 1))" "$log"
}

log_count() {
    log_since | grep -c -e "$1" || true
}

log_says() {
    (($(log_count "$1") > 0))
}

# reload SED_SCRIPT: the usual config, changed so, is put to work
reload() {
    local before
    before=$(worker_pids)
    faults_config "$dir" | sed -e "$1" >"$dir/faults.yaml"
    kill -s HUP "$(serve_pid)"
    expect_true "reload${1:+: $1}" wait_until 20 workers_are_others_than "$before"
}

# pool_is_new BEFORE: it has the four workers of the usual config, and none of those
pool_is_new() {
    workers_are_others_than "$1" && (($(worker_pids | wc -l) == 4))
}

# --- what is killed

database_end() {
    local pid
    pid=$(mysql_pid)
    kill -s "$1" "$pid"
    process_wait "$pid" 30 || expect 'MariaDB ends' ended "$pid"
    forget_database_lock
}

# One of them, whatever it does.
worker_kill() {
    local pids
    mapfile -t pids < <(worker_pids)
    ((${#pids[@]} == 0)) || kill -s KILL "${pids[RANDOM % ${#pids[@]}]}" 2>/dev/null || true
}

# What a commit does between being visible and being on disk takes long then.
burners_begin() {
    local i
    for ((i = 0; i < $(nproc); i++)); do
        while :; do :; done &
        burners+=("$!")
    done
    undo+=(burners_end)
}

burners_end() {
    ((${#burners[@]} == 0)) || kill -s KILL "${burners[@]}" 2>/dev/null || true
    burners=()
}
burners=()

# --- the phones

# phones_begin ALLOWED [ARGUMENT…]: load, until phones_end; by another program where $phones_program
# says so
phones_begin() {
    local allowed=$1
    shift
    /usr/bin/python3 "$faults/${phones_program:-phones.py}" "$dir" "$(stack_port)" "$run" --allow "$allowed" "$@" \
        >"$work/phones" 2>&1 &
    phones=$!
    undo+=("kill -s TERM $phones 2>/dev/null || true")
    phones_await 20
}

# Pushes that were acknowledged, and answers that were none, until now.
phones_counts() {
    cat "$dir/$run.status" 2>/dev/null || printf '0 0\n'
}

phones_acknowledged() {
    phones_counts | cut -d' ' -f1
}

# phones_were_refused TIMES
phones_were_refused() {
    (($(phones_counts | cut -d' ' -f2) >= $1))
}

phones_have() {
    (($(phones_acknowledged) >= $1))
}

# phones_await MORE [SECONDS]: that many more are acknowledged
phones_await() {
    local goal=$(($(phones_acknowledged) + $1))
    wait_until "${2:-60}" phones_have "$goal" || {
        cat "$work/phones"
        expect "$1 more pushes are acknowledged" "$goal" "$(phones_counts)"
    }
}

phones_end() {
    local status=0
    kill -s TERM "$phones" 2>/dev/null || true
    wait "$phones" || status=$?
    cat "$work/phones"
    expect "$1: nothing acknowledged is lost, nothing doubled or half done, devices agree" 0 "$status"
    rm -f "$dir/$run.status"
}
