# shellcheck shell=bash disable=SC2154 # the caller sets dir, port, binary and config
# What `up` prints at its end: how to use the server in $dir on $port.

# A pull changes nothing and costs the server one SELECT.
sync_status() {
    curl -sS --noproxy '*' -m 10 -o /dev/null -w '%{http_code}' \
        -H "Authorization: Bearer $1" -H 'Content-Type: application/json' \
        -d '{"logical_clock":0,"diffs":[]}' "http://127.0.0.1:$port/sync" 2>/dev/null
}

# A token that this server accepts: one signed with DIR/jwt.key, which stores nothing, or an opaque
# one. Prints nothing if the config allows neither.
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

print_hints() {
    local token where
    token=$(hint_token)
    where="--dir $(shell_quote "$dir")"
    printf '\nURL       http://127.0.0.1:%s/sync\nconfig    %s\nlogs      %s\nstop      %s\n' \
        "$port" "$config" "$dir/log" "$(shell_quote "$root/scripts/down") $where"
    ! has_playground || printf 'try it    http://127.0.0.1:%s/\n' "$port"
    printf '\nGet a token for an owner, signed as your own login service would sign it, or an opaque one:\n'
    printf '%s\n' "$(shell_quote "$root/scripts/token") $where --owner alice"
    printf '%s\n' "$(shell_quote "$binary") token create -c $(shell_quote "$config") --owner alice"
    if [[ -z $token ]]; then
        printf '\nThis config accepts neither, so there is no curl line to paste.\n'
        return
    fi
    if config_is_ours; then
        printf '\nAs a device of alice, send a task that the device created:\n'
        hint_curl "$token" "$(hint_create)"
    fi
    printf '\nAs a new device of alice, fetch everything:\n'
    hint_curl "$token" '{"logical_clock":0,"diffs":[]}'
}
