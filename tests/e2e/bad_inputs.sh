#!/usr/bin/env bash
# What is wrong is refused with the code that docs/protocol.md states, as JSON, and changes no row.
# usage: bad_inputs.sh [http2]   with http2: through nginx/mobync.conf, over TLS
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_shared_stack
if [[ ${1:-} == http2 ]]; then
    . "$root/tests/e2e/site.sh"
    site_start "$dir/mobync.sock" '' '/limit_/d'
    curl_options=(--http2)
    come_from https://app.example
    request GET /healthz
    expect 'HTTP/2 is spoken' 'HTTP/2 200' "$(sed -n '1s/ *$//p' <<<"$head")"
fi

owner=bad${1:-}
token=$(token_of "$owner")
good='{"logical_clock":0,"diffs":[]}'
json='Content-Type: application/json'
bearer="Authorization: Bearer $token"

sync "$token" "$(push_json 0 "$(diff_json before "$owner" 0 create tasks '{"id":"kept","name":"n"}')")"
expect 'a row to keep' 200 "$status"
before=$(checksum)

# repeat N CHARACTER
repeat() {
    head -c "$1" /dev/zero | tr '\0' "$2"
}

# body NAME STATUS CODE BODY
body_is() {
    sync "$token" "$4"
    expect_error "$1" "$2" "$3"
}

# A create of a task with one valid diff before it, so that a refusal must also undo.
# data_is NAME STATUS CODE JSON_DATA [MODEL]
data_is() {
    sync "$token" "$(push_json 0 "$(diff_json fine "$owner" 0 create tasks '{"id":"fine","name":"n"}')" \
        "$(diff_json wrong "$owner" 0 create "${5:-tasks}" "$4")")"
    expect_error "$1" "$2" "$3"
}

# diff_is NAME STATUS CODE JQ_FILTER: a good diff, changed by the filter
diff_is() {
    local diff
    diff=$(diff_json wrong "$owner" 0 create tasks '{"id":"wrong","name":"n"}' | jq -c "$4")
    sync "$token" "$(push_json 0 "$diff")"
    expect_error "$1" "$2" "$3"
}

# diff_text_is NAME STATUS CODE FROM TO: the same with text replaced, for what jq would not write
diff_text_is() {
    local diff
    diff=$(diff_json wrong "$owner" 0 create tasks '{"id":"wrong","name":"n"}')
    sync "$token" "$(push_json 0 "${diff/"$4"/"$5"}")"
    expect_error "$1" "$2" "$3"
}

token_is() {
    sync "$2" "$good"
    expect_error "$1" 401 INVALID_SYNC_TOKEN
    messages+="$(of_body .message)"$'\n'
}

# --- tokens: one message for all of them
messages=
claims="{\"sub\":\"$owner\",\"exp\":$(($(date +%s) + 600))}"
printf 'another key' >"$work/other.key"
request POST /sync -H "$json" --data-binary "$good"
expect_error 'no token' 401 INVALID_SYNC_TOKEN
messages+="$(of_body .message)"$'\n'
token_is 'garbled token' 'not.a.token'
token_is 'token cut short' "${token%????}"
token_is 'expired token' "$(token_of "$owner" -600)"
token_is 'token without exp' "$(jwt_make "$dir/jwt.key" "{\"sub\":\"$owner\"}")"
token_is 'token of another key' "$(jwt_make "$work/other.key" "$claims")"
token_is 'alg none' "$(jwt_make "$dir/jwt.key" "$claims" '{"alg":"none","typ":"JWT"}' | sed 's/[^.]*$//')"
token_is 'alg none with a signature' "$(jwt_make "$dir/jwt.key" "$claims" '{"alg":"none","typ":"JWT"}')"
expect 'one message for all of them' 1 "$(printf '%s' "$messages" | sort -u | wc -l)"
request POST /sync -H "$json" -H "Mobync-Owner: $owner" -H "MOBYNC_OWNER: $owner" --data-binary "$good"
expect_error 'a header that plays the trusted param' 401 INVALID_SYNC_TOKEN

# --- HTTP
request GET /sync -H "$bearer"
expect_error 'GET' 405 METHOD_NOT_ALLOWED
expect 'GET: Allow' POST "$(header allow)"
request POST /sync -H "$bearer" -H 'Content-Type: text/plain' --data-binary "$good"
expect_error 'text/plain' 415 UNSUPPORTED_MEDIA_TYPE
request POST /nowhere -H "$bearer" -H "$json" --data-binary "$good"
expect_error 'unknown path' 404 NOT_FOUND
repeat 9000000 x >"$work/9MB"
request POST /sync -H "$bearer" -H "$json" --data-binary "@$work/9MB"
expect_error '9 MB' 413 TOO_LARGE

# --- packed bodies
# packed_is NAME STATUS CODE CODING FILE
packed_is() {
    request POST /sync -H "$bearer" -H "$json" -H "Content-Encoding: $4" --data-binary "@$5"
    expect_error "$1" "$2" "$3"
}
printf '%s' "$good" | gzip -c >"$work/good.gz"
gzip -c "$work/9MB" >"$work/9MB.gz"
head -c 500000000 /dev/zero | gzip -c >"$work/bomb.gz"
head -c -1 "$work/good.gz" >"$work/cut.gz"
{ cat "$work/good.gz" && printf x; } >"$work/longer.gz"
packed_is 'brotli' 415 UNSUPPORTED_MEDIA_TYPE br "$work/good.gz"
expect 'brotli: what is accepted' gzip "$(header accept-encoding)"
packed_is 'gzip twice' 415 UNSUPPORTED_MEDIA_TYPE 'gzip, gzip' "$work/good.gz"
packed_is 'a packed body that is none' 400 INVALID_REQUEST gzip <(printf '%s' "$good")
packed_is 'a packed body cut short' 400 INVALID_REQUEST gzip "$work/cut.gz"
packed_is 'something behind a packed body' 400 INVALID_REQUEST gzip "$work/longer.gz"
packed_is '9 MB, packed' 413 TOO_LARGE gzip "$work/9MB.gz"
packed_is '500 MB, packed' 413 TOO_LARGE gzip "$work/bomb.gz"
packed_is 'a packed body sent as it is' 400 INVALID_REQUEST identity "$work/good.gz"
request POST /sync -H "$bearer" -H 'Content-Type: text/plain' --data-binary "$good"
expect 'another content type says nothing of codings' '' "$(header accept-encoding)"

# --- the body
body_is 'no JSON' 400 INVALID_REQUEST 'hello'
body_is 'an empty body' 400 INVALID_REQUEST ''
body_is 'a byte order mark' 400 INVALID_REQUEST $'\xEF\xBB\xBF'"$good"
expect_true 'a byte order mark is named' grep -q 'byte order mark (EF BB BF)' <<<"$(of_body .message)"
body_is 'an array' 400 INVALID_REQUEST '[]'
body_is 'cut short' 400 INVALID_REQUEST '{"logical_clock":0,"diffs":['
body_is 'something behind it' 400 INVALID_REQUEST "$good x"
body_is 'no clock' 400 INVALID_REQUEST '{"diffs":[]}'
body_is 'no diffs' 400 INVALID_REQUEST '{"logical_clock":0}'
body_is 'a clock of 1.0' 400 INVALID_REQUEST '{"logical_clock":1.0,"diffs":[]}'
body_is 'a clock of 2^53' 400 INVALID_REQUEST '{"logical_clock":9007199254740992,"diffs":[]}'
body_is 'a clock of 2^63' 400 INVALID_REQUEST '{"logical_clock":9223372036854775808,"diffs":[]}'
body_is 'a clock of -1' 400 INVALID_REQUEST '{"logical_clock":-1,"diffs":[]}'
body_is 'a clock of true' 400 INVALID_REQUEST '{"logical_clock":true,"diffs":[]}'
body_is 'NaN' 400 INVALID_REQUEST '{"logical_clock":0,"diffs":[],"x":NaN}'
body_is 'single quotes' 400 INVALID_REQUEST "{'logical_clock':0,'diffs':[]}"
body_is 'a key twice' 400 INVALID_REQUEST '{"logical_clock":0,"diffs":[],"diffs":[]}'
body_is 'invalid UTF-8' 400 INVALID_REQUEST $'{"logical_clock":0,"diffs":[],"x":"\xc3\x28"}'
body_is '200 levels deep' 400 INVALID_REQUEST "{\"logical_clock\":0,\"diffs\":[],\"x\":$(repeat 200 '[')$(repeat 200 ']')}"
body_is 'a diff that is not an object' 400 INVALID_REQUEST '{"logical_clock":0,"diffs":[1]}'
body_is 'more diffs than the limit' 400 INVALID_REQUEST "{\"logical_clock\":0,\"diffs\":[{}$(printf ',{}%.0s' {1..100})]}"
body_is 'a clock ahead of the server' 409 INVALID_CLOCK '{"logical_clock":1000,"diffs":[]}'

# --- a diff
diff_is 'a diff of another owner' 403 FORBIDDEN '.owner = "alice"'
diff_is 'unknown type' 400 INVALID_DATA '.type = "upsert"'
diff_is 'no id' 400 INVALID_DATA 'del(.id)'
diff_is 'an id of 129 bytes' 400 INVALID_DATA '.id = ("x" * 129)'
diff_is 'an id with U+0000' 400 INVALID_DATA '.id = "a\u0000b"'
diff_text_is 'a timestamp of 1.0' 400 INVALID_DATA '"utc_timestamp":1604114123778' '"utc_timestamp":1.0'
diff_text_is 'a diff with a clock of 1.0' 400 INVALID_DATA '"logical_clock":0' '"logical_clock":1.0'
diff_text_is 'a diff with a clock of "1"' 400 INVALID_DATA '"logical_clock":0' '"logical_clock":"1"'
diff_text_is 'a timestamp of 2^63' 400 INVALID_DATA 1604114123778 9223372036854775808
data_is 'unknown model' 400 INVALID_DATA '{"id":"wrong"}' nothing
data_is 'unknown field' 400 INVALID_DATA '{"id":"wrong","name":"n","colour":"red"}'
expect 'unknown field: the diff and the field are named' 'wrong colour' \
    "$(of_body '"\(.error.diff_id) \(.error.field)"')"
data_is 'an integer field of 2^63' 400 INVALID_DATA '{"id":"wrong","name":"n","priority":9223372036854775808}'
data_is 'an integer field of -2^63-1' 400 INVALID_DATA '{"id":"wrong","name":"n","priority":-9223372036854775809}'
data_is 'an integer field of 1.0' 400 INVALID_DATA '{"id":"wrong","name":"n","priority":1.0}'
data_is 'a float field out of range' 400 INVALID_DATA '{"id":"wrong","name":"n","score":1e999}'
data_is 'a boolean field of 2' 400 INVALID_DATA '{"id":"wrong","name":"n","done":2}'
data_is 'a nested list' 400 INVALID_DATA '{"id":"wrong","name":"n","tags":[[1]]}'
data_is 'a string too long' 400 INVALID_DATA "{\"id\":\"wrong\",\"name\":\"$(repeat 256 x)\"}"
data_is 'a required field missing' 400 INVALID_DATA '{"id":"wrong"}'
data_is 'json_data without id' 400 INVALID_DATA '{"name":"n"}'
data_is 'json_data that is not an object' 400 INVALID_DATA '[]'
data_is 'NaN in json_data' 400 INVALID_DATA '{"id":"wrong","name":"n","score":NaN}'
data_is 'a key twice in json_data' 400 INVALID_DATA '{"id":"wrong","name":"n","name":"m"}'
data_is '200 levels deep in json_data' 400 INVALID_DATA "{\"id\":\"wrong\",\"name\":\"n\",\"tags\":$(repeat 200 '[')$(repeat 200 ']')}"
sync "$token" "$(push_json 0 "$(diff_json wrong "$owner" 0 update tasks '{"id":"never","name":"n"}')")"
expect_error 'an update of what never was' 409 NO_SUCH_OBJECT

expect 'no row of any table has changed' "$before" "$(checksum)"
finish
