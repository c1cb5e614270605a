#!/usr/bin/env bash
# TLS to the database, on MariaDB and on a real MySQL: what works, and that `mobync check` names the
# key to set where it does not: certificates, a server that demands TLS, an account that does, and
# caching_sha2_password before and after the server knows the password.
#
# usage: tls.sh [mysql]; else on what MOBYNC_TEST_SERVER names
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$root/scripts/lib/servers.sh"
. "$root/scripts/lib/mysql.sh"
server=${1:-${MOBYNC_TEST_SERVER:-mariadb}}
if [[ ${1:-} == mysql ]]; then
    programs=$(server_programs mysql) || { echo "SKIPPED: MySQL $mysql_version cannot be fetched"; exit 77; }
    PATH=$programs:$PATH
fi
dir=$work/s
port=$(free_port)
# Of this machine, too: at 127.0.0.1, libmariadb 3.4 looks at no names.
address=127.0.0.2
# From 3.4 on, a MariaDB that knows the password needs no CA, and `ca` wants the name in any case.
libmariadb_is_new() {
    printf '3.4\n%s\n' "$(pkg-config --modversion libmariadb)" | sort --version-sort --check=quiet
}
mkdir -p "$dir" "$work/ca"
(umask 077 && head -c 32 /dev/urandom | base64 >"$dir/jwt.key" && printf 'secret\n' >"$dir/password")

# certificate NAME SUBJECT_ALT_NAME: of the CA, for the server; none where the second is empty
certificate() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$work/$1.key" \
        -out "$work/$1.csr" -subj "/CN=database" 2>/dev/null
    openssl x509 -req -in "$work/$1.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial \
        -days 2 -out "$work/$1.pem" -extfile <(printf '%s' "${2:+subjectAltName=$2}") 2>/dev/null
}

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=CA \
    -keyout "$work/ca.key" -out "$work/ca.pem" 2>/dev/null
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=Other \
    -keyout "$work/other.key" -out "$work/other.pem" 2>/dev/null
certificate good IP:$address
certificate bare ''
certificate elsewhere DNS:db.example

# server_start [OPTION…]: with the certificate good.pem, or as the options have it; its accounts are
# new ones, so that it knows no password yet
server_start() {
    start_mariadb "$dir" --port="$port" --bind-address=$address --ssl-ca="$work/ca.pem" \
        --ssl-cert="$work/good.pem" --ssl-key="$work/good.key" "$@"
}

server_end() {
    eval "${undo[-1]}" || true
    unset 'undo[-1]'
    rm -rf "${dir:?}/mysql"
}

# account NAME WORDS
account() {
    admin_sql "CREATE USER $1@'%' $2; GRANT ALL PRIVILEGES ON app.* TO $1@'%'"
}

# config USER [YAML OF database…]
config() {
    local user=$1
    shift
    printf '%s\n' "listen: 'unix:$dir/mobync.sock'" "auth: { jwt: { key_file: '$dir/jwt.key' } }" \
        'models: [{ name: tasks, fields: [{ name: name, type: string, max_length: 255 }] }]' \
        'database:' "  host: $address" "  port: $port" '  name: app' "  user: $user" \
        "  password_file: '$dir/password'" "$@" >"$work/mobync.yaml"
}

line_of() {
    grep -n "^ *$1:" "$work/mobync.yaml" | cut -d: -f1
}

# expect_works WHAT: with the config
expect_works() {
    "$MOBYNC_BIN" schema --apply -c "$work/mobync.yaml" >"$work/out" 2>&1 || true
    "$MOBYNC_BIN" check -c "$work/mobync.yaml" >"$work/out" 2>&1 || true
    expect "$1: works" 'the config fits the database' "$(tail -n 1 "$work/out")"
}

# expect_fault WHAT NUMBER KEY WORDS: check says so, at the line of the key
expect_fault() {
    "$MOBYNC_BIN" check -c "$work/mobync.yaml" >"$work/out" 2>&1 || true
    expect "$1: the line of $3" "$work/mobync.yaml:$(line_of "$3")" \
        "$(grep -F "($2)" "$work/out" | cut -d: -f1,2)"
    expect_true "$1: says '$4'" grep -qF "$4" "$work/out"
    grep -qF "$4" "$work/out" || cat "$work/out"
}

server_start
account someone "IDENTIFIED BY 'secret'"
account secure "IDENTIFIED BY 'secret' REQUIRE SSL"
config someone "  tls: { ca: '$work/ca.pem' }"
expect_works 'a certificate with the address among its names'
config someone
expect_works 'without TLS'
config secure "  tls: { ca: '$work/ca.pem' }"
expect_works 'an account that demands TLS'
config secure
expect_fault 'an account that demands TLS, without' 1045 user 'REQUIRE SSL'
config someone '  tls: {}'
if [[ $server == mariadb ]] && libmariadb_is_new; then
    expect_works 'a CA that the system does not know, and a password'
else
    expect_fault 'a CA that the system does not know' 2026 tls 'set tls.ca'
fi
config someone "  tls: { ca: '$work/other.pem' }"
expect_fault "another's CA" 2026 tls 'set tls.ca'
config someone '  tls: { verify: false }'
expect_works 'verify: false'
server_end

server_start --ssl-cert="$work/bare.pem" --ssl-key="$work/bare.key"
account someone "IDENTIFIED BY 'secret'"
config someone "  tls: { ca: '$work/ca.pem' }"
expect_fault 'a certificate without names' 2026 tls 'subjectAltName'
config someone "  tls: { ca: '$work/ca.pem', verify: false }"
if libmariadb_is_new; then
    expect_fault 'a certificate without names, ca and verify: false' 2026 tls 'remove tls.ca'
    config someone '  tls: { verify: false }'
fi
expect_works 'a certificate without names, verify: false'
server_end

server_start --ssl-cert="$work/elsewhere.pem" --ssl-key="$work/elsewhere.key"
account someone "IDENTIFIED BY 'secret'"
config someone "  tls: { ca: '$work/ca.pem' }"
expect_fault "another host's certificate" 2026 tls 'subjectAltName'
server_end

server_start --require-secure-transport=ON
account someone "IDENTIFIED BY 'secret'"
config someone
# MariaDB 10.11 has no error of its own for it.
if [[ $(mariadbd --version) == *' 10.'*-MariaDB* ]]; then
    expect_fault 'a server that demands TLS' 1045 user require_secure_transport
else
    expect_fault 'a server that demands TLS' 3159 database 'set tls'
fi
config someone "  tls: { ca: '$work/ca.pem' }"
expect_works 'a server that demands TLS, with it'
server_end

if [[ $server == mysql ]]; then
    server_start --caching-sha2-password-auto-generate-rsa-keys=OFF \
        --caching-sha2-password-private-key-path=none --caching-sha2-password-public-key-path=none
    account someone "IDENTIFIED WITH caching_sha2_password BY 'secret'"
    config someone
    expect_fault 'a password that the server does not know yet, without TLS and a key' 2061 database 'set tls'
    config someone "  tls: { ca: '$work/ca.pem' }"
    expect_works 'over TLS'
    config someone
    expect_works 'a password that the server knows by now, without TLS'
    server_end
fi
unset dir # its log is none of the server's
finish
