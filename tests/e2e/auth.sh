#!/usr/bin/env bash
# Who is let in: keys of every kind, keys that come and go under load, tokens that are revoked, and
# tokens that would like to choose their own key.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
keys=$work/signers # the private ones: the server never sees them
mkdir -m 700 "$keys"

# --- tokens, signed by openssl

new_signer() {
    case $2 in
    rsa*) openssl genpkey -quiet -algorithm RSA -pkeyopt "rsa_keygen_bits:${2#rsa}" -out "$keys/$1" ;;
    ec) openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$keys/$1" ;;
    ed) openssl genpkey -quiet -algorithm ED25519 -out "$keys/$1" ;;
    esac 2>/dev/null
}

# publish SIGNER FILE
publish() {
    openssl pkey -in "$keys/$1" -pubout -out "$2"
}

# The r and s of an ECDSA signature, side by side, from the ASN.1 on standard input.
flat_ecdsa() {
    openssl asn1parse -inform DER | sed -n 's/.*INTEGER *:\(-*[0-9A-F]*\)$/\1/p' |
        while read -r number; do
            printf '%b' "$(printf '%64s' "$number" | tr ' ' 0 | sed 's/../\\x&/g')"
        done
}

# sign_with SIGNER ALGORITHM: standard input's signature
sign_with() {
    case $2 in
    RS256) openssl dgst -sha256 -sign "$keys/$1" -binary ;;
    ES256) openssl dgst -sha256 -sign "$keys/$1" -binary | flat_ecdsa ;;
    EdDSA) # reads no pipe
        cat >"$work/message"
        openssl pkeyutl -sign -rawin -in "$work/message" -inkey "$keys/$1"
        ;;
    esac
}

# signed SIGNER ALGORITHM OWNER [KID]: of the type in $typ, if it is set; of $sub instead of "OWNER"
signed() {
    local header="{\"alg\":\"$2\"${4+,\"kid\":\"$4\"}${typ+,\"typ\":\"$typ\"}}" text
    text=$(printf '%s' "$header" | base64url).$(
        printf '{"sub":%s,"exp":%d}' "${sub-"\"$3\""}" "$(($(date +%s) + 600))" | base64url
    )
    printf '%s.%s\n' "$text" "$(printf '%s' "$text" | sign_with "$1" "$2" | base64url)"
}

# For lib.sh's load: tokens of the signer that is never rotated away.
token_of() {
    signed steady ES256 "$1" steady
}

# --- the server under test

# set_auth AUTH_LINES: the config with another way in
set_auth() {
    e2e_config "$work/s" | sed -e '/^  jwt:/d' -e '/^  trusted_param:/d' -e "s|^auth:|auth:\n$1|" \
        >"$settings.new"
    mv "$settings.new" "$settings"
}

mobync() {
    "$MOBYNC_BIN" "$@" -c "$settings"
}

workers_changed() {
    has_none_of "$1" && (($(worker_pids | wc -l) == 4))
}

reload() {
    local before
    before=$(worker_pids)
    kill -s HUP "$(serve_pid)"
    expect_true "$1: new workers take over" wait_until 30 workers_changed "$before"
}

pull='{"logical_clock":0,"diffs":[]}'

lets_in() {
    sync "$2" "$pull"
    expect "$1" 200 "$status"
}

refuses() {
    sync "$2" "$pull"
    expect_error "$1" 401 INVALID_SYNC_TOKEN
}

for name in steady old new stolen; do
    new_signer "$name" ec
done
new_signer rsa rsa2048
new_signer weak rsa1024
new_signer ed ed

settings=$work/s/e2e.yaml
log=$work/s/log/mobync.log
mkdir "$work/s" "$work/s/keys"
publish steady "$work/s/keys/steady.pem"
publish old "$work/s/keys/old.pem"
in_folder="  jwt: { algorithm: ES256, key_dir: '$work/s/keys' }\n  tokens: {}\n  cache: 2s"
set_auth "$in_folder"
own_stack

# --- a folder of keys
old_token=$(signed old ES256 rotated old)
lets_in 'folder: a token of one key' "$old_token"
lets_in 'folder: a token of the other' "$(token_of rotated)"
refuses 'folder: a kid of another key' "$(signed old ES256 rotated steady)"
refuses 'folder: no kid among two keys' "$(signed old ES256 rotated)"
refuses 'folder: a key that is not there' "$(signed new ES256 rotated new)"
refuses 'folder: a kid that is a path' "$(signed old ES256 rotated ../keys/old)"
refuses 'folder: a kid that is a whole path' "$(signed old ES256 rotated "$work/s/keys/old")"
refuses 'folder: alg in small letters' "$(signed old ES256 rotated old | sed "s/^[^.]*/$(printf '{"alg":"es256","kid":"old"}' | base64url)/")"
refuses 'confusion: the public key as a secret' \
    "$(jwt_make "$work/s/keys/old.pem" '{"sub":"rotated","exp":9999999999}' '{"alg":"HS256","kid":"old"}')"
refuses 'confusion: the same, and called ES256' \
    "$(jwt_make "$work/s/keys/old.pem" '{"sub":"rotated","exp":9999999999}' '{"alg":"ES256","kid":"old"}')"
refuses 'confusion: none' "$(printf '{"alg":"none","kid":"old"}' | base64url).$(cut -d. -f2 <<<"$old_token")."
refuses 'a tail behind the token' "${old_token}x"
refuses 'a padded token' "${old_token}="
head -c 7000 /dev/zero | tr '\0' A >"$work/long"
refuses 'a huge token' "$(<"$work/long")"

# --- rotation under load: the new key comes, then the old one goes
load_start 4 rotation
load_await 10
publish new "$work/s/keys/.new.pem"
mv "$work/s/keys/.new.pem" "$work/s/keys/new.pem"
reload 'rotation, the new key'
lets_in 'rotation: a token of the new key' "$(signed new ES256 rotated new)"
lets_in 'rotation: one of the old key' "$old_token"
rm "$work/s/keys/old.pem"
reload 'rotation, without the old key'
refuses 'rotation: the old key is gone, and what was remembered of it' "$old_token"
lets_in 'rotation: the new one stays' "$(signed new ES256 rotated new)"
load_await 15
load_stop
expect_true 'rotation: there was load' test "$(load_count '$1 == 200')" -gt 20
expect 'rotation: no request failed' 0 "$(load_count '$1 != 200')"
expect_all_stored 'rotation'

# --- a faulty key changes nothing
lines=$(log_lines)
workers=$(worker_pids)
publish weak "$work/s/keys/weak.pem"
mkfifo "$work/s/keys/fifo.pem"
kill -s HUP "$(serve_pid)"
expect_true 'faulty keys: another kind is in the log, with file and line' \
    wait_until 10 log_has "$lines" 'e2e.yaml:[0-9]*: auth.jwt.key_dir: .*/weak.pem holds a key of type RSA'
expect_true 'faulty keys: a FIFO is, too' wait_until 10 log_has "$lines" 'fifo.pem: not a regular file'
lets_in 'faulty keys: the old ones stay in use' "$(token_of rotated)"
expect 'faulty keys: so do the workers' "$workers" "$(worker_pids)"
expect 'faulty keys: check says so, and does not wait for the FIFO' 1 \
    "$(timeout 20 "$MOBYNC_BIN" check -c "$settings" >"$work/check.out" 2>&1; echo $?)"
expect 'faulty keys: check finds both' 2 "$(grep -c 'auth.jwt.key_dir' "$work/check.out")"
rm "$work/s/keys/weak.pem" "$work/s/keys/fifo.pem"

# --- opaque tokens: revoked is refused, within the seconds of the cache
opaque=$(mobync token create --owner opaque 2>/dev/null)
for _ in 1 2 3 4 5 6 7 8; do # so that every worker is likely to remember it
    lets_in 'opaque: let in' "$opaque"
done
id=$(mobync token list | awk '/opaque/ { print $1 }')
mobync token revoke "$id" >/dev/null 2>&1
revoked_at=$(date +%s%N)
sleep 2.1
for _ in 1 2 3 4 5 6 7 8; do # and none still does
    refuses 'opaque: revoked, and the cache has forgotten it' "$opaque"
done
expect_true 'opaque: that was seconds ago' test "$(($(date +%s%N) - revoked_at))" -lt 60000000000
again=$(mobync token create --owner opaque 2>/dev/null)
lets_in 'opaque: a new one works at once' "$again"

# --- the other algorithms, one key in a file
publish rsa "$work/s/jwt.pem"
set_auth "  jwt: { algorithm: RS256, key_file: '$work/s/jwt.pem' }"
reload 'RS256'
lets_in 'RS256' "$(signed rsa RS256 other)"
lets_in 'RS256: an access token' "$(typ=at+jwt signed rsa RS256 other)"
refuses 'RS256: an access token of another key' "$(typ=at+jwt signed weak RS256 other)"
refuses 'RS256: a token of another type' "$(typ=logout+jwt signed rsa RS256 other)"
lets_in 'RS256: any kid' "$(signed rsa RS256 other whatever)"
refuses 'RS256: another key' "$(signed weak RS256 other)"
refuses 'RS256: ES256' "$(token_of other)"
refuses 'RS256: the public key as a secret' \
    "$(jwt_make "$work/s/jwt.pem" '{"sub":"other","exp":9999999999}' '{"alg":"HS256"}')"
refuses 'RS256: the same, and called RS256' \
    "$(jwt_make "$work/s/jwt.pem" '{"sub":"other","exp":9999999999}' '{"alg":"RS256"}')"
refuses 'RS256: opaque tokens are not configured any more' "$again"

# --- an algorithm that there is not
lines=$(log_lines)
set_auth "  jwt: { algorithm: RS384, key_file: '$work/s/jwt.pem' }"
kill -s HUP "$(serve_pid)"
expect_true 'RS384: a fault' wait_until 10 log_has "$lines" "auth.jwt.algorithm is 'RS384'"
lets_in 'RS384: the old config stays in use' "$(signed rsa RS256 other)"

publish ed "$work/s/jwt.pem"
set_auth "  jwt: { algorithm: EdDSA, key_file: '$work/s/jwt.pem' }"
reload 'EdDSA'
lets_in 'EdDSA' "$(signed ed EdDSA other)"
lets_in 'EdDSA: an access token' "$(typ=application/at+jwt signed ed EdDSA other)"
refuses 'EdDSA: called ES256' "$(signed ed EdDSA other | sed "s/^[^.]*/$(printf '{"alg":"ES256"}' | base64url)/")"
refuses 'EdDSA: the public key as a secret' \
    "$(jwt_make "$work/s/jwt.pem" '{"sub":"other","exp":9999999999}' '{"alg":"EdDSA"}')"

# --- an owner whose id is a number
numbered=$(sub=42 signed ed EdDSA '')
sync "$numbered" "$(push_json 0 "$(diff_json numbered 42 0 create tasks '{"id":"numbered","name":"n"}')")"
expect 'a numeric sub: is let in' 200 "$status"
expect 'a numeric sub: its digits are the owner' 42 "$(sql "SELECT owner FROM diffs WHERE id = 'numbered'")"
refuses 'a sub with a fraction' "$(sub=42.5 signed ed EdDSA '')"

publish stolen "$work/s/jwt.pem"
set_auth "  jwt: { algorithm: ES256, key_file: '$work/s/jwt.pem' }"
reload 'ES256'
lets_in 'ES256' "$(signed stolen ES256 other)"
refuses 'ES256: another key' "$(token_of other)"
finish
