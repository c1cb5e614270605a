#!/usr/bin/env bash
# nginx/mobync.conf as it is shipped, but for its addresses, certificate and socket: limits, and
# every response of nginx itself is the JSON of docs/protocol.md.
# usage: nginx_site.sh 2|1.1   the version of HTTP, over TLS
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_shared_stack
. "$root/tests/e2e/site.sh"
socket=$dir/mobync.sock
version=${1:-2}
# Of this run alone: one with the other version of HTTP leaves a long history to its owner.
owner=site-$version
token=$(token_of "$owner")
curl_options=("--http$version")
come_from https://app.example

site_start "$socket"
sync "$token" '{"logical_clock":0,"diffs":[]}'
expect 'a sync' "HTTP/$version 200 true" "$(sed -n '1s/ \(OK\)*$//p' <<<"$head") $(of_body .success)"
expect_true 'the id of the request is told' grep -qE '^[0-9a-f]{32}$' <<<"$(header x-request-id)"
expect_true 'and is the one in the log' wait_until 20 grep -q "$(header x-request-id)" "$dir/log/mobync.log"
sync 'no.good.token' '{"logical_clock":0,"diffs":[]}'
expect_error 'an error of mobync passes through' 401 INVALID_SYNC_TOKEN
request GET /healthz
expect 'health' 200 "$status"

head -c 9000000 /dev/zero >"$work/9MB"
request POST /sync -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
    --data-binary "@$work/9MB"
expect_error '9 MB' 413 TOO_LARGE
request GET /nowhere
expect_error 'unknown path' 404 NOT_FOUND
request TRACE /sync
expect_error 'TRACE' 405 METHOD_NOT_ALLOWED
request GET "/$(printf '%09000d' 1)"
if [[ $version == 2 ]]; then
    expect_error 'a path of 9000 bytes' 404 NOT_FOUND
else
    expect_error 'a path of 9000 bytes' 414 INVALID_REQUEST
fi
request GET /sync -H "X-Long: $(printf '%040000d' 1)"
# Over HTTP/2, nginx resets the stream.
expect '40 kB of headers: code' "$( [[ $version == 2 ]] || echo INVALID_REQUEST)" "$(of_body .error.code)"
if [[ $version == 1.1 ]]; then # HTTP/2 has no such header
    request POST /sync -H 'Transfer-Encoding: nonsense' --data-binary '{}'
    expect 'an unknown transfer coding: code' INVALID_REQUEST "$(of_body .error.code)"
fi
request GET /sync -H 'Host: a b/c'
expect_error 'a faulty Host header' 400 INVALID_REQUEST
request POST /sync -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
    -H 'Transfer-Encoding: chunked' --data-binary "@$work/9MB"
expect_error '9 MB without a length' 413 TOO_LARGE
tls_url=$url
url=http://${tls_url#https://}
request GET /sync
expect_error 'plain HTTP at the port of TLS' 400 INVALID_REQUEST
url=$plain_url
request POST '/sync?x=1' -H 'Host: sync.example.com' -d '{}'
expect 'port 80 redirects' '308 https://sync.example.com/sync?x=1' "$status $(header location)"
url=$tls_url

# --- web apps
# preflight ORIGIN [PATH]
preflight() {
    request OPTIONS "${2:-/sync}" -H "Origin: $1" -H 'Access-Control-Request-Method: POST' \
        -H 'Access-Control-Request-Headers: authorization,content-type'
}
cors_of() {
    grep -i -E '^(access-control|vary)' <<<"$head" | tr '[:upper:]' '[:lower:]' | sort
}
with_origin=("${curl_options[@]}")
curl_options=("--http$version")
preflight https://app.example
expect 'a preflight' "204 access-control-allow-headers: authorization, content-type, content-encoding, x-request-id, x-mobync-device
access-control-allow-methods: post
access-control-allow-origin: https://app.example
access-control-expose-headers: x-request-id, retry-after
access-control-max-age: 7200
vary: origin" "$status $(cors_of)"
preflight https://evil.example
expect 'a preflight of another origin' '403 vary: origin' "$status $(cors_of)"
preflight https://app.example.evil.example
expect 'a preflight of an origin that begins like one' 403 "$status"
preflight null
expect 'a preflight of a sandboxed page' 403 "$status"
request OPTIONS /sync -H 'Origin: https://app.example'
expect 'OPTIONS that is no preflight' '405 POST' "$status $(header allow)"
sync "$token" '{"logical_clock":0,"diffs":[]}'
expect 'without an origin' '200 vary: origin' "$status $(cors_of)"
request POST /sync -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
    -H 'Origin: https://evil.example' -d '{"logical_clock":0,"diffs":[]}'
expect 'another origin' '200 vary: origin' "$status $(cors_of)"
curl_options=("${with_origin[@]}")
sync "$token" '{"logical_clock":0,"diffs":[]}'
expect 'an origin that may sync' "200 access-control-allow-origin: https://app.example
access-control-expose-headers: x-request-id, retry-after
vary: origin" "$status $(cors_of)"

data="{\"id\":\"big\",\"name\":\"$(printf '%0200d' 1)\",\"tags\":[$(printf '%0.s1,' {1..500})1]}"
sync "$token" "$(push_json 0 "$(diff_json big "$owner" 0 create tasks "$data")")"
request POST /sync -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
    -H 'Accept-Encoding: gzip' --data-binary '{"logical_clock":0,"diffs":[]}'
expect 'a long answer is compressed' 'gzip big' \
    "$(header content-encoding) $(gzip -dc <"$work/body" | jq -r '.diffs[0].json_data | fromjson | .id')"

# More at once than the burst and what is let through meanwhile; one file per response, with its
# head.
curl -sS --noproxy '*' "${curl_options[@]}" -Z --parallel-max 50 -i -o "$work/burst.#1" \
    -w '%{http_code} %{filename_effective}\n' -d '{}' "$url/sync?[1-600]" >"$work/burst" 2>/dev/null || true
expect_true 'limit: some are let through' grep -q '^415 ' "$work/burst"
read -r status limited < <(grep '^429 ' "$work/burst")
head=$(tr -d '\r' <"$limited" | sed '/^$/,$d')
body=$(tr -d '\r' <"$limited" | sed '1,/^$/d')
expect_error 'limit: some are turned away' 429 RATE_LIMITED
expect_true 'limit: Retry-After' grep -qE '^[1-9][0-9]*$' <<<"$(header retry-after)"
request GET /healthz
expect 'limit: not for the health check' 200 "$status"
site_stop

site_start "$work/nobody.sock"
sync "$token" '{"logical_clock":0,"diffs":[]}'
expect_error 'no server at the socket' 502 SERVER_BUSY
expect_true 'no server at the socket: Retry-After' grep -qE '^[1-9][0-9]*$' <<<"$(header retry-after)"
site_stop

site_start "$socket" '/^ *allow/d'
request GET /metrics
expect_error 'metrics from elsewhere' 403 FORBIDDEN
site_stop

# The example with a login service, as its comment has it; the service is another nginx server.
login_port=$(free_port)
sed -n '/^# With your own login service/,$s/^#     //p' "$root/nginx/mobync.conf" |
    sed "s|127.0.0.1:9100|127.0.0.1:$login_port|" >"$work/login.conf"
mkdir -p "$site/conf.d"
cat >"$site/conf.d/login.conf" <<LOGIN
server {
    listen 127.0.0.1:$login_port;
    location = /verify {
        if (\$http_authorization != "Bearer open sesame") {
            return 401;
        }
        add_header X-Owner by-login;
        return 200;
    }
}
LOGIN
site_start "$socket" '' "/^    set \$mobync_owner/{
    r $work/login.conf
    d
}"
sync 'open sesame' "$(push_json 0 "$(diff_json l1 by-login 0 create tasks '{"id":"l1","name":"n"}')")"
expect 'login service: believed' '200 1' "$status $(of_body .logical_clock)"
sync 'open sesame' "$(push_json 0 "$(diff_json l2 alice 0 create tasks '{"id":"l2","name":"n"}')")"
expect_error 'login service: for its owner alone' 403 FORBIDDEN
sync 'something else' '{"logical_clock":0,"diffs":[]}'
expect_error 'login service: says no' 401 INVALID_SYNC_TOKEN
curl_options=("--http$version")
preflight https://app.example
expect 'login service: not asked about a preflight' 204 "$status"
sync '' '{"logical_clock":0,"diffs":[]}'
expect_error 'login service: asked about the rest' 401 INVALID_SYNC_TOKEN
request GET /healthz
expect 'login service: not asked for the health check' 200 "$status"
finish
