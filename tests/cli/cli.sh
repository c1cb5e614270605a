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
run 2 check file;           says err "unexpected argument: file"
run 2 schema --apply=yes;   says err "see 'mobync schema --help'"
run 2 token revoke;         says err "missing: ID"
run 2 map;                  says err "name tables, or give --all"; silent out
run 2 map --all tasks;      says err "name tables, or give --all"
run 2 map "";               says err "a TABLE is empty"
run 2 token list --owner "";                says err "give --owner, 1 to 128 bytes"
run 2 token revoke a b;     says err "unexpected argument: b"
run 2 token create;         says err "give --owner"
run 2 token create --owner ""
run 2 token create --owner "$(printf '\377')"
run 2 token create --owner alice --ttl 30;  says err "--ttl 30: give a duration"
run 2 token create --owner alice --ttl 0d;  says err "--ttl 0d"
run 2 token create --owner alice --ttl -1d; says err "--ttl -1d"
run 2 reject;               says err "usage: mobync reject COMMAND"
run 2 reject lsit;          says err "did you mean 'list'?"
run 2 reject list a;        says err "unexpected argument: a"
run 2 reject list --owner "";               says err "--owner takes 1 to 128 bytes"
run 2 reject show;          says err "missing: ID"
run 2 reject show a b;      says err "unexpected argument: b"
run 2 reject show "";       says err "an ID is empty"
run 2 reject retry;         says err "missing: ID"
run 2 reject retry a "" b;  says err "an ID is empty"; silent out
run 2 reject retry --json a;                says err "no option --json"
run 2 reject drop;          says err "missing: ID"
run 2 reject drop "";       says err "an ID is empty"
run 2 export;               says err "give --owner"; silent out
run 2 export --owner "";    says err "give --owner, 1 to 128 bytes"
run 2 forget;               says err "give --owner"; silent out
run 2 forget --owner a b;   says err "unexpected argument: b"
run 2 explain;              says err "give --owner"; silent out
run 2 explain --owner "";   says err "give --owner, 1 to 128 bytes"
run 2 explain --owner a --model tasks;      says err "takes both --model and --id"
run 2 explain --owner a --id x;             says err "takes both --model and --id"
run 2 explain --owner a --model tasks --id "";              says err "takes both --model and --id"
run 2 explain --owner a --clock -1;         says err "--clock -1: give the device's logical clock"
run 2 explain --owner a --clock 1x;         says err "--clock 1x"
run 2 explain --owner a --clock 9007199254740992;           says err "--clock 9007199254740992"
run 2 explain a;            says err "unexpected argument: a"
run 2 history --owner a;    says err "give --model and --id"; silent out
run 2 history --owner a --model tasks --id "";              says err "give --model and --id"
run 2 history --model tasks --id x;         says err "give --owner"
run 2 restore-object --owner a --model tasks;               says err "give --model and --id"
run 2 restore-object --owner a --model tasks --id x;        says err "give --at, the logical clock or the time"
run 2 restore-object --owner a --model tasks --id x --at now;                   says err "--at now: give a logical clock"
run 2 restore-object --owner a --model tasks --id x --at 2026-02-30T00:00:00Z;  says err "--at 2026-02-30T00:00:00Z"; silent out
run 2 pull --clock 0;       says err "give --owner"
run 2 pull --owner a;       says err "give --clock, the device's logical clock"; silent out
run 2 pull --owner a --clock "";            says err "--clock : give"
run 2 pull --owner a --clock 0 --model x;   says err "no option --model"

# Help.
run 0 --version;            says out "^mobync $version\$"
run 0 help;                 says out "^  serve "; says out "^  token "; silent err
run 0 --help;               says out "^  check "
run 0 token --help;         says out "^  revoke "
run 0 help schema;          says out "--apply"; says out "--grants"
run 0 help map;             says out "usage: mobync map \[OPTION\]\.\.\. \[TABLE\]\.\.\.\$"; says out "--all"
run 0 help serve;           says out "--allow-root"
run 2 schema --apply --grants;              says err "only prints"; silent out
run 0 reject --help;        says out "^  retry "

# commands_of [WORD]: of the table that --help prints
commands_of() {
    "$mobync" "$@" --help | sed -n 's/^  \([a-z][a-z-]*\)  *[^ ].*/\1/p'
}
leaves() {
    for name in $(commands_of); do
        below=$(commands_of "$name")
        for word in ${below:-""}; do
            echo "$name${word:+ $word}"
        done
    done
}
leaves >"$dir/leaves"
[ "$(wc -l <"$dir/leaves")" -ge 14 ] || fault "mobync --help lists too few commands"
while read -r command; do
    # shellcheck disable=SC2086 # two words are two arguments
    run 0 $command --help
    says out "^mobync $command: "
    says out "--config FILE .*/etc/mobync/mobync.yaml"
    silent err
done <"$dir/leaves"
run 0 token create --help;  says out "--owner OWNER"; says out "--ttl DURATION"
run 0 reject show --help;   says out "usage: .* ID\$"; says out "--json"
run 0 reject drop --help;   says out "usage: .* ID\.\.\.\$"; says out "--owner OWNER"
run 0 explain --help;       says out "--model MODEL"; says out "--clock CLOCK"; says out "--json"
run 0 pull --help;          says out "--clock CLOCK"

run 1 check --json -c "$dir/missing.yaml"
says out "^{\"file\":\"$dir/missing.yaml\",\"line\":1,\"severity\":\"error\",\"message\":\"cannot read "
silent err

# A config that is not there, or has faults: every command says so and fails.
for command in "serve --allow-root" check schema "schema --grants" "map --all" "token list" "reject list" "explain --owner a" \
    "pull --owner a --clock 0" "history --owner a --model tasks --id x" \
    "restore-object --owner a --model tasks --id x --at 2026-01-31T08:00:00Z"; do
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
run 1 check --json -c "$dir/mobync.yaml"
says out "^{\"file\":\"$dir/mobync.yaml\",\"line\":11,\"severity\":\"error\",\"message\":\"[^\"]*strong"
says out "\"line\":7,\"severity\":\"warning\",\"message\":\"auth.jwt.key_file: every user"
[ "$(wc -l <"$dir/out")" -eq 2 ] || fault "not one line of JSON for each fault"
run 1 schema -c "$dir/mobync.yaml"
says err "^$dir/mobync.yaml:11: "
silent out

# A database that is away is one fault, at the line of the socket.
config "$jwt" string
run 1 check --config "$dir/mobync.yaml"
says out "^$dir/mobync.yaml:3: .*no.sock.*: check socket"
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
