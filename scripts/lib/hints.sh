# shellcheck shell=bash
# What `up` says at its end: how to use what runs in $dir on $port.

# What a pull costs the server is one SELECT: it changes nothing.
sync_status() {
    curl -sS --noproxy '*' -m 10 -o /dev/null -w '%{http_code}' \
        -H "Authorization: Bearer $1" -H 'Content-Type: application/json' \
        -d '{"logical_clock":0,"diffs":[]}' "http://127.0.0.1:$port/sync" 2>/dev/null
}

# A token that this server takes: one signed with DIR/jwt.key, which leaves no trace, else an opaque
# one. Nothing if its config knows neither.
hint_token() {
    local token
    token=$(jwt_for "$dir/jwt.key" alice 2592000)
    [[ $(sync_status "$token") != 200 ]] || { printf '%s\n' "$token"; return; }
    "$binary" token create -c "$config" --owner alice --ttl 30d 2>/dev/null || true
}

hint_curl() {
    printf "curl -sS -w '\\\\n' -H 'Authorization: Bearer %s' -H 'Content-Type: application/json' -d '%s' http://127.0.0.1:%s/sync\n" \
        "$1" "$2" "$port"
}

hint_create() {
    printf '{"logical_clock":0,"diffs":[{"id":"first-diff","owner":"alice","logical_clock":0,"utc_timestamp":%s,"type":"create","model":"tasks","json_data":"{\\"id\\":\\"task-1\\",\\"name\\":\\"Buy milk\\",\\"done\\":false}"}]}' \
        "$(date +%s)000"
}

# True for the config that `up` wrote; somebody else's models are not known here.
config_is_ours() {
    [[ $config == "$dir/mobync.yaml" ]]
}

print_hints() {
    local token where
    token=$(hint_token)
    where="--dir $(shell_quote "$dir")"
    printf '\nURL       http://127.0.0.1:%s/sync\nconfig    %s\nlogs      %s\nstop      %s\n' \
        "$port" "$config" "$dir/log" "$(shell_quote "$root/scripts/down") $where"
    printf '\nA token for an owner, as your own login service would sign it, or an opaque one:\n'
    printf '%s\n' "$(shell_quote "$root/scripts/token") $where --owner alice"
    printf '%s\n' "$(shell_quote "$binary") token create -c $(shell_quote "$config") --owner alice"
    if [[ -z $token ]]; then
        printf '\nThis config takes neither, so there is no curl line to paste.\n'
        return
    fi
    if config_is_ours; then
        printf '\nA device of alice sends a task that it has created:\n'
        hint_curl "$token" "$(hint_create)"
    fi
    printf '\nA device of alice that knows nothing yet fetches what there is:\n'
    hint_curl "$token" '{"logical_clock":0,"diffs":[]}'
}
