#!/usr/bin/env bash
# Keys of an issuer, over HTTPS: a new one comes, an old one goes, the issuer is away, hostile, or
# asked by somebody for keys that there are not.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
keys=$work/signers
issuer=$work/issuer
mkdir -m 700 "$keys"
mkdir "$issuer" "$work/s" "$work/s/cache"
settings=$work/s/e2e.yaml
log=$work/s/log/mobync.log
cache=$work/s/cache/jwks.cache
pull='{"logical_clock":0,"diffs":[]}'

# --- the issuer

issuer_certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
        -keyout "$work/$1.key" -out "$work/$1.pem" -subj "/CN=$1" \
        -addext subjectAltName=DNS:localhost 2>"$work/openssl.err" || cat "$work/openssl.err"
}

issuer_start() {
    rm -f "$issuer/up"
    /usr/bin/python3 "$root/tests/e2e/issuer.py" "$issuer" "$work/ca.pem" "$work/ca.key" \
        >"$work/issuer.log" 2>&1 &
    issuer_pid=$!
    wait_until 30 test -e "$issuer/up" || cat "$work/issuer.log"
}

issuer_stop() {
    [[ -n ${issuer_pid:-} ]] || return 0
    kill "$issuer_pid" 2>/dev/null || true
    wait "$issuer_pid" 2>/dev/null || true
    issuer_pid=
}
undo+=(issuer_stop)

# mode_is MODE: from the next request on
mode_is() {
    printf '%s\n' "$1" >"$issuer/mode.new"
    mv "$issuer/mode.new" "$issuer/mode"
}

# The key set of these signers.
publish() {
    local name list=
    for name; do
        list+=${list:+,}$(jwk "$name")
    done
    publish_text "{\"keys\":[$list]}"
}

publish_text() {
    printf '%s\n' "$1" >"$issuer/jwks.new"
    mv "$issuer/jwks.new" "$issuer/jwks.json"
}

fetches() {
    wc -l <"$issuer/requests" 2>/dev/null || printf '0\n'
}

# --- keys and tokens

new_signer() {
    openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$keys/$1" 2>/dev/null
}

# The last 64 bytes of a public key of P-256 are its coordinates.
coordinates() {
    openssl pkey -in "$keys/$1" -pubout -outform DER | tail -c 64
}

jwk() {
    printf '{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":"%s","x":"%s","y":"%s"}' "$1" \
        "$(coordinates "$1" | head -c 32 | base64url)" "$(coordinates "$1" | tail -c 32 | base64url)"
}

# The r and s of an ECDSA signature, side by side, from the ASN.1 on standard input.
flat_ecdsa() {
    openssl asn1parse -inform DER | sed -n 's/.*INTEGER *:\(-*[0-9A-F]*\)$/\1/p' |
        while read -r number; do
            printf '%b' "$(printf '%64s' "$number" | tr ' ' 0 | sed 's/../\\x&/g')"
        done
}

# signed SIGNER OWNER [KID]
signed() {
    local text
    text=$(printf '{"alg":"ES256","typ":"at+jwt","kid":"%s"}' "${3-$1}" | base64url).$(
        printf '{"sub":"%s","exp":%d}' "$2" "$(($(date +%s) + 600))" | base64url
    )
    printf '%s.%s\n' "$text" "$(printf '%s' "$text" |
        openssl dgst -sha256 -sign "$keys/$1" -binary | flat_ecdsa | base64url)"
}

# For lib.sh's load.
token_of() {
    signed one "$1"
}

lets_in() {
    sync "$2" "$pull"
    expect "$1" 200 "$status"
}

refuses() {
    sync "$2" "$pull"
    expect_error "$1" 401 INVALID_SYNC_TOKEN
}

status_is() {
    sync "$2" "$pull"
    [[ $status == "$1" ]]
}

# has_libcurl PID: 1, or 0. Of a worker that nobody may look at, what its master has.
has_libcurl() {
    local maps
    maps=$(cat "/proc/$1/maps" 2>/dev/null || cat "/proc/$(serve_pid)/maps")
    if grep '/libcurl' <<<"$maps" >/dev/null; then echo 1; else echo 0; fi
}

# --- the server under test

# set_auth MEMBERS: the config with these in jwt
set_auth() {
    e2e_config "$work/s" | sed -e '/^  jwt:/d' -e '/^  trusted_param:/d' \
        -e "s|^auth:|auth:\n  jwt: { algorithm: ES256, $1 }|" >"$settings.new"
    mv "$settings.new" "$settings"
}

workers_changed() {
    has_none_of "$1" && (($(worker_pids | wc -l) >= 4))
}

reload() {
    local before
    before=$(worker_pids)
    kill -s HUP "$(serve_pid)"
    expect_true "$1: new workers take over" wait_until 60 workers_changed "$before"
}

# fetches_succeeded MORE_THAN
fetches_succeeded() {
    (($(metric fetches_total) > $1))
}

metric() {
    curl -sS --noproxy '*' "$url/metrics" | sed -n "s/^mobync_key_set_$1 //p"
}

# restart WHAT: of mobync serve alone
restart_serve() {
    "$root/scripts/down" --dir "$work/s" >"$work/down.log" 2>&1
    start_stack "$work/s" >"$work/up.log" 2>&1 || { cat "$work/up.log"; tail -n 20 "$log"; exit 1; }
    use_stack "$work/s"
    await_workers
}

for name in one two three four; do
    new_signer "$name"
done
issuer_certificate ca
issuer_certificate other
publish one
mode_is ok
issuer_start
address=https://localhost:$(<"$issuer/port")/jwks.json # a name, which libcurl resolves in a thread
from_issuer="jwks_url: '$address', refresh: 1h, jwks_cache: '$cache', jwks_ca_file: '$work/ca.pem'"
set_auth "$from_issuer"
own_stack

# --- at start
lets_in 'start: the first request has its key' "$(signed one alice)"
refuses 'start: a key that the issuer has not' "$(signed two alice)"
refuses 'start: the kid of another key' "$(signed two alice one)"
expect 'start: the cache names its URL' "$address" "$(head -n 1 "$cache")"
expect 'start: the cache holds the document' "$(<"$issuer/jwks.json")" "$(tail -n +2 "$cache")"
expect 'start: the cache is private' 600 "$(stat -c %a "$cache")"
expect_true 'start: the issuer knows who asks' grep -q '^/jwks.json mobync/' "$issuer/requests"
expect 'check: it fetches, too' 0 "$("$MOBYNC_BIN" check -c "$settings" >"$work/check.out" 2>&1; echo $?)"

mkdir "$work/broken"
printf 'not a library\n' >"$work/broken/libcurl.so.4"
expect 'check: without libcurl' 1 \
    "$(LD_LIBRARY_PATH=$work/broken "$MOBYNC_BIN" check -c "$settings" >"$work/check.out" 2>&1; echo $?)"
expect_true 'check: without libcurl, says so' grep -q \
    'e2e.yaml:[0-9]*: auth.jwt.jwks_url: cannot fetch the key set: libcurl cannot be loaded: .*libcurl.so.4: .*: install libcurl4$' "$work/check.out"
for pid in "$(serve_pid)" $(worker_pids); do
    expect "start: $pid fetches nothing and has not libcurl" 0 "$(has_libcurl "$pid")"
done

sed "s|$cache|$work/nowhere/jwks.cache|" "$settings" >"$work/nowhere.yaml"
expect 'check: a cache without a folder is a warning' 0 \
    "$("$MOBYNC_BIN" check -c "$work/nowhere.yaml" >"$work/check.out" 2>&1; echo $?)"
expect_true 'check: with its line' \
    grep -q "nowhere.yaml:[0-9]*: warning: auth.jwt.jwks_cache: there is no folder $work/nowhere/" "$work/check.out"

# --- rotation, before the next refresh: whoever has a token of the new key makes the server ask
publish one two
expect_true 'rotation: a new key is accepted' wait_until 60 status_is 200 "$(signed two alice)"
lets_in 'rotation: the old one stays' "$(signed one alice)"
expect_true 'rotation: fetches are counted' test "$(metric fetches_total)" -ge 2
expect_true 'rotation: the fetch has its time' test "$(metric last_fetch_time_seconds)" -gt 1700000000

# --- who asks for keys that there are not
succeeded=$(metric fetches_total)
begin=$(fetches)
began_at=$SECONDS
for i in $(seq 60); do
    sync "$(signed four alice "unknown-$i")" "$pull"
    [[ $status == 401 ]] || expect 'flood: refused' 401 "$status"
done
seen=$(($(fetches) - begin))
most=$(((SECONDS - began_at) / 10 + 2)) # one at each end
expect_true "flood: 60 unknown keys are at most $most fetches, not $seen" test "$seen" -le "$most"
expect_true 'flood: a fetch comes of it' wait_until 60 fetches_succeeded "$succeeded"
lets_in 'flood: the others are served' "$(signed one alice)"

# --- reload, which fetches, and refresh, which does
publish two
reload 'reload'
expect_true 'reload: a key that is gone is refused' wait_until 60 status_is 401 "$(signed one alice)"
lets_in 'reload: the new one stays' "$(signed two alice)"
from_issuer=${from_issuer/refresh: 1h/refresh: 10s}
set_auth "$from_issuer"
reload 'refresh'
publish one two
expect_true 'refresh: a key that has come is accepted' wait_until 60 status_is 200 "$(signed one alice)"
publish two
expect_true 'refresh: a key that is gone is refused' wait_until 60 status_is 401 "$(signed one alice)"
lets_in 'refresh: the new one stays' "$(signed two alice)"

# --- a key file instead, and back: reload
lines=$(log_lines)
printf '{"keys":[%s]}' "$(jwk three)" >"$work/s/jwks.json"
set_auth "jwks_file: '$work/s/jwks.json'"
reload 'a file'
lets_in 'a file: its key' "$(signed three alice)"
refuses 'a file: not that of the issuer' "$(signed two alice)"
set_auth "$from_issuer"
reload 'the issuer again'
lets_in 'the issuer again: its key, at once' "$(signed two alice)"
refuses 'the issuer again: not that of the file' "$(signed three alice)"

# --- under load: keys come and go, and no request is lost
publish one two
expect_true 'load: the key of the load is there' wait_until 60 status_is 200 "$(signed one alice)"
load_start 3 rotation
load_await 10
publish one three
expect_true 'load: a new key is accepted' wait_until 60 status_is 200 "$(signed three alice)"
refuses 'load: the old one is gone with it' "$(signed two alice)"
reload 'load'
load_await 10
load_stop
expect 'load: no request failed' 0 "$(load_count '$1 != 200')"
expect_all_stored 'load'

# --- what the issuer should not send: the old keys stay
# bad WHAT PATTERN_OF_THE_LOG
bad() {
    expect_true "$1: is in the log" wait_until 90 log_has "$lines" "cannot fetch the issuer's keys from .*$2.*; the old ones stay in use"
    lets_in "$1: the old keys stay" "$(signed one alice)"
    lines=$(log_lines)
}
good=$(<"$issuer/jwks.json")
lines=$(log_lines)
mode_is status
bad 'status 503' 'its response has status 503, not 200'
mode_is redirect_http
bad 'redirect to http' 'redirects to a URL that is not https'
mode_is large
bad 'too large' 'its response is larger than 262144 bytes'
mode_is ok
publish_text '<html>'
bad 'no JSON' 'the key set is not a JWKS: not a valid JSON object'
publish_text "{\"keys\":[$(jwk one | sed 's/}$/,"d":"AQAB"}/')]}"
bad 'a private key' 'the key set holds a private key'
publish_text "{\"keys\":[$(jwk one | sed 's/"sig"/"enc"/')]}"
bad 'no key for us' 'the key set holds no key that verifies ES256'
expect_true 'failures are counted' test "$(metric fetch_failures_total)" -ge 6
expect 'the cache is as it was' "$good" "$(tail -n +2 "$cache")"
mode_is redirect
publish one three
succeeded=$(metric fetches_total)
expect_true 'a redirect to https is followed' wait_until 90 fetches_succeeded "$succeeded"
expect_true 'and was one' grep -q '^/moved' "$issuer/requests"
mode_is ok

# --- another certificate than the one trusted
lines=$(log_lines)
set_auth "${from_issuer/ca.pem/other.pem}"
reload 'another authority'
bad 'another authority' '.*certificate'
expect 'another authority: check says so' 1 \
    "$("$MOBYNC_BIN" check -c "$settings" >"$work/check.out" 2>&1; echo $?)"
expect_true 'another authority: with its line' \
    grep -q 'e2e.yaml:[0-9]*: auth.jwt.jwks_url: cannot fetch the key set: .*certificate' "$work/check.out"
set_auth "$from_issuer"
reload 'the right one again'

# --- another URL that cannot be fetched is no config to change to
lines=$(log_lines)
set_auth "${from_issuer/jwks.json/other.json?$$}"
mode_is status
kill -s HUP "$(serve_pid)"
expect_true 'another URL: the reload is refused' wait_until 60 log_has "$lines" 'the new config is not used'
lets_in 'another URL: the old keys stay' "$(signed one alice)"
mode_is ok
set_auth "$from_issuer"
reload 'the old URL'

# --- keys that the known set has not
lines=$(log_lines)
set_auth "${from_issuer/jwks_url/algorithm: RS256, jwks_url}"
sed -i 's/algorithm: ES256, algorithm: RS256/algorithm: RS256/' "$settings"
kill -s HUP "$(serve_pid)"
expect_true 'another algorithm: the reload is refused' \
    wait_until 60 log_has "$lines" 'auth.jwt.jwks_url: the key set holds no key that verifies RS256'
lets_in 'another algorithm: the old config stays' "$(signed one alice)"
set_auth "$from_issuer"

# --- a fetcher that hangs is confined, has nothing of the server's, and holds up nobody
# fetcher_pid: a child of the master that is not in the scoreboard
fetcher_pid() {
    local known
    known=$("$MOBYNC_BIN" status --json -c "$settings" | jq -r '.workers[].pid')
    comm -13 <(sort <<<"$known") <(worker_pids | sort) | head -n 1
}
has_fetcher() {
    fetcher=$(fetcher_pid)
    [[ -n $fetcher ]]
}
fetcher_has_libcurl() {
    [[ $(has_libcurl "$fetcher") == 1 ]]
}
mode_is hang
expect_true 'hang: there is a fetcher' wait_until 60 has_fetcher
if ((EUID == 0)); then
    expect_true 'hang: the fetcher has libcurl' wait_until 20 fetcher_has_libcurl
fi
lets_in 'hang: requests are served' "$(signed one alice)"
seccomp=$(sed -n 's/^Seccomp:[[:space:]]*//p' "/proc/$fetcher/status")
if grep -q '^Seccomp:.*2' "/proc/$(worker_pids | head -n 1)/status"; then
    expect 'hang: the fetcher is confined' 2 "$seccomp"
fi
mode_is ok

# --- the issuer is away: the keys stay, also for a server that starts, if there is a cache
lines=$(log_lines)
issuer_stop
bad 'away' '.*'
restart_serve
lets_in 'away, a start with the cache: its keys' "$(signed one alice)"
rm "$cache"
restart_serve
refuses 'away, a start without it: nobody is let in' "$(signed one alice)"
expect_true 'away, a start without it: the log says why' \
    log_has "$lines" "cannot fetch the issuer's keys from .*there are none yet, so no token is accepted"
issuer_start
expect_true 'back: the server recovers' wait_until 120 status_is 200 "$(signed one alice)"
expect_true 'back: so does the cache' wait_until 20 test -s "$cache"
finish
