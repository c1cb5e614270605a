# shellcheck shell=bash disable=SC2154 # lib.sh sets work, dir and url
# Two shards, a and b, each a pool and a MariaDB, behind the nginx of a's stack. dir is that of a.
# After lib.sh.
declare -A shard_dirs

config_of() {
    printf '%s\n' "${shard_dirs[$1]}/shard.yaml"
}

# shard_config NAME: as e2e.yaml.in has it, or the config of $base_config FOLDER
shard_config() {
    "${base_config:-e2e_config}" "${shard_dirs[$1]}"
    cat <<END
shard: $1
shards:
  - { name: a, hash: 0000-7fff, config: '$(config_of a)' }
  - { name: b, hash: 8000-ffff, config: '$(config_of b)' }
END
}

# In front of both: any pool takes a request, and says whose it is.
shards_nginx() {
    local name upstreams='' locations='' both='' text
    for name in a b; do
        both+="        server \"unix:${shard_dirs[$name]}/mobync.sock\" max_fails=0;"$'\n'
        upstreams+="    upstream mobync_$name {"$'\n'"        server \"unix:${shard_dirs[$name]}/mobync.sock\";"$'\n    }\n'
        locations+=$'\n'"        location @mobync_shard_$name {"$'\n'"            set \$mobync_routed 1;"$'\n'"            fastcgi_pass mobync_$name;"$'\n        }'
    done
    text=$(<"$dir/nginx.conf")
    text=${text/"        server \"unix:$dir/mobync.sock\";"$'\n'/"$both"}
    text=${text/$'    server {\n'/"$upstreams"$'    server {\n'}
    text=${text/'include mobync-locations.conf;'/"include mobync-locations.conf;$locations"}
    printf '%s\n' "$text" >"$dir/nginx.conf"
    (cd "$dir" && nginx -t -e "$dir/log/nginx.log" -p "$dir/" -c "$dir/nginx.conf") >"$work/nginx" 2>&1 ||
        { cat "$work/nginx"; exit 1; }
    kill -s HUP "$(nginx_pid)"
}

# The pool of b; a's is that of the stack.
shard_b_serve() {
    local as_root=()
    ((EUID != 0)) || as_root=(--allow-root)
    (cd "${shard_dirs[b]}" && exec "$MOBYNC_BIN" serve -c "$(config_of b)" "${as_root[@]}") \
        >>"${shard_dirs[b]}/log/mobync.log" 2>&1 &
    shard_b_pid=$!
    undo+=("kill $shard_b_pid && wait $shard_b_pid")
    wait_until 20 test -S "${shard_dirs[b]}/mobync.sock"
}

own_shards() {
    shard_dirs=([a]=$work/s [b]=$work/b)
    mkdir -p "$work/s" "$work/b"
    shard_config a >"$(config_of a)"
    ln -s shard.yaml "$work/s/e2e.yaml"
    own_stack
    cp "$dir/jwt.key" "$work/b/"
    [[ ! -e $dir/poke.key ]] || cp "$dir/poke.key" "$work/b/"
    shard_config b >"$(config_of b)"
    start_mariadb "$work/b" --skip-networking --character-set-server=utf8mb4
    "$MOBYNC_BIN" schema --apply -c "$(config_of b)" >"$work/b/log/schema" ||
        { cat "$work/b/log/schema"; exit 1; }
    shard_b_serve
    shards_nginx
}

other_shard() {
    [[ $1 == a ]] && printf 'b\n' || printf 'a\n'
}

# owner_of SHARD [PREFIX]: the first of PREFIX1, PREFIX2, … that is at home there
owner_of() {
    local number=1 owner digit
    while :; do
        owner=${2:-owner}$number
        digit=$(printf '%s' "$owner" | sha256sum | cut -c1)
        if [[ $1 == a && $digit == [0-7] || $1 == b && $digit != [0-7] ]]; then
            printf '%s\n' "$owner"
            return
        fi
        number=$((number + 1))
    done
}

in_shard() {
    local dir=${shard_dirs[$1]}
    sql "$2"
}

count_in() {
    in_shard "$1" "SELECT COUNT(*) FROM tasks WHERE owner_id = '$2'"
}

diffs_in() {
    in_shard "$1" "SELECT COUNT(*) FROM diffs WHERE owner = '$2'"
}

lineage_of() {
    in_shard "$1" 'SELECT lineage FROM mobync_lineage WHERE slot = 0'
}

# move_owner OWNER [OPTION…]: prints where the owner is then, or what went wrong
move_owner() {
    local owner=$1
    shift
    "$MOBYNC_BIN" move-owner -c "$(config_of a)" --owner "$owner" "$@" 2>"$work/move.err" || cat "$work/move.err"
}

# move_owner_killed OWNER SHARD SECONDS
move_owner_killed() {
    local pid
    "$MOBYNC_BIN" move-owner -c "$(config_of a)" --owner "$1" --to "$2" >"$work/killed" 2>&1 &
    pid=$!
    sleep "$3"
    kill -s KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}

# expect_failure WHAT WORDS COMMAND…: of mobync, which says these words
expect_failure() {
    local what=$1 words=$2 code=0
    shift 2
    "$MOBYNC_BIN" "$@" >"$work/refused" 2>&1 || code=$?
    expect "$what: fails" 1 "$code"
    expect_true "$what: says why" grep -q "$words" "$work/refused"
    grep -q "$words" "$work/refused" || cat "$work/refused"
}
