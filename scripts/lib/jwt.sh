# shellcheck shell=bash
# JSON Web Tokens signed with HS256, for trials and tests.

base64url() {
    openssl base64 -A | tr '+/' '-_' | tr -d '='
}

# jwt_make KEY_FILE PAYLOAD [HEADER]: one trailing newline of the file is not part of the key.
jwt_make() {
    local key_hex header=${3:-'{"alg":"HS256","typ":"JWT"}'} signed signature
    key_hex=$(od -An -v -tx1 <"$1" | tr -d ' \n')
    key_hex=${key_hex%0a}
    signed=$(printf '%s' "$header" | base64url).$(printf '%s' "$2" | base64url)
    signature=$(printf '%s' "$signed" |
        openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key_hex" -binary | base64url)
    printf '%s.%s\n' "$signed" "$signature"
}

# jwt_for KEY_FILE OWNER SECONDS
jwt_for() {
    local owner=${2//\\/\\\\}
    owner=${owner//\"/\\\"}
    jwt_make "$1" "{\"sub\":\"$owner\",\"exp\":$(($(date +%s) + $3))}"
}
