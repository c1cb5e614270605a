#!/bin/sh
# The command line: usage, help, exit statuses and the faults of a file. No database is running.
# usage: cli.sh MOBYNC VERSION
set -u
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
version=$2

# Usage.
run 2;                      says err "usage: mobync COMMAND"; silent out
run 2 chek;                 says err "did you mean 'check'?"; silent out
run 2 xyzzy;                says err "mobync help"
run 2 -c file serve;        says err "no command '-c'"
run 2 token;                says err "usage: mobync token COMMAND"
run 2 token creat;          says err "did you mean 'create'?"
run 2 help xyzzy;           says err "no command 'xyzzy'"
run 2 check --frobnicate;   says err "no option --frobnicate"
run 2 check -x;             says err "no option -x"
run 2 check -zh;            says err "no option -z"
run 2 check -c;             says err "value is missing after -c"
run 2 check -c "";          says err "-c is empty: name a file"
run 2 check --config=;      says err "-c is empty"
run 2 check file;           says err "too much: file"
run 2 schema --apply=yes;   says err "see 'mobync schema --help'"
run 2 token revoke;         says err "missing: ID"
run 2 token revoke a b;     says err "too much: b"
run 2 token create;         says err "give --owner"
run 2 token create --owner ""
run 2 token create --owner "$(printf '\377')"
run 2 token create --owner alice --ttl 30;  says err "--ttl 30: give a duration"
run 2 token create --owner alice --ttl 0d;  says err "--ttl 0d"
run 2 token create --owner alice --ttl -1d; says err "--ttl -1d"

# Help.
run 0 --version;            says out "^mobync $version\$"
run 0 help;                 says out "^  serve "; says out "^  token "; silent err
run 0 --help;               says out "^  check "
run 0 token --help;         says out "^  revoke "
run 0 help schema;          says out "--apply"
for command in serve check schema "token create" "token list" "token revoke"; do
    # shellcheck disable=SC2086 # two words are two arguments
    run 0 $command --help
    says out "^mobync $command: "
    says out "--config FILE .*/etc/mobync/mobync.yaml"
    silent err
done
run 0 token create --help;  says out "--owner OWNER"; says out "--ttl DURATION"

# A config that is not there, or has faults: every command says so and fails.
for command in serve check schema "token list"; do
    # shellcheck disable=SC2086
    run 1 $command -c "$dir/missing.yaml"
    cat "$dir/out" "$dir/err" >"$dir/both"
    says both "missing.yaml"
done

printf '0123456789abcdef0123456789abcdef\n' >"$dir/jwt.key"
config() {
    cat >"$dir/mobync.yaml" <<END
listen: unix:$dir/mobync.sock
database:
  socket: $dir/no.sock
  user: mobync
  name: app
auth:
  $1
models:
  - name: tasks
    fields:
      - { name: name, type: $2 }
END
}
jwt="jwt: { algorithm: HS256, key_file: $dir/jwt.key }"

config "$jwt" strong
run 1 check -c "$dir/mobync.yaml"
says out "^$dir/mobync.yaml:11: "
says out "^1 fault\$"
run 1 schema -c "$dir/mobync.yaml"
says err "^$dir/mobync.yaml:11: "
silent out

# A database that is away is one fault, at the line of the socket.
config "$jwt" string
run 1 check --config "$dir/mobync.yaml"
says out "^$dir/mobync.yaml:3: .*no.sock.*: look at socket"
says out "^1 fault\$"
run 1 schema -c "$dir/mobync.yaml"
says err "^mobync schema: .*no.sock"
silent out

# Tokens that are not configured.
for command in "create --owner alice" list "revoke 0123456789abcdef"; do
    # shellcheck disable=SC2086
    run 1 token $command -c "$dir/mobync.yaml"
    says err "tokens: { table: mobync_tokens }"
    silent out
done
config "tokens: { table: mobync_tokens }" string
run 1 token create --owner alice -c "$dir/mobync.yaml"
says err "^mobync token create: .*no.sock"
silent out

finish
