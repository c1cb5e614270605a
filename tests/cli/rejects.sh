#!/bin/sh
# mobync reject list, show, retry and drop, on a private MariaDB with rejects inserted by hand.
# usage: rejects.sh MOBYNC
set -u
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/cli/mariadb.sh
. "$(dirname "$0")/mariadb.sh"

cat >"$dir/mobync.yaml" <<END
listen: unix:$dir/mobync.sock
database:
  socket: $socket
  user: mobync
  name: app
auth:
  tokens: { table: mobync_tokens }
rejected_diffs: quarantine
models:
  - name: tasks
    fields:
      - { name: name, type: string, max_length: 20, required: true }
END
config="-c $dir/mobync.yaml"
sed 's/quarantine/fail_sync/' "$dir/mobync.yaml" >"$dir/fail_sync.yaml"

# is WHAT WANTED GOT
is() {
    what=$1
    [ "$2" = "$3" ] || fault "$1: wanted '$2', got '$3'"
}

# keep OWNER ID MILLISECOND CODE FIELD MESSAGE DIFF: as a sync would have kept it
keep() {
    sql "INSERT INTO app.mobync_rejects
             (owner, id, logical_clock, seq, created_ms, request_id, code, field, message, detail, diff)
         VALUES ('$1', '$2', 4, $3, 1800000000000 + $3, 'request-7', '$4', '$5', '$6', '', '$7');
         INSERT INTO app.mobync_known (owner, id, logical_clock, rejected) VALUES ('$1', '$2', 4, TRUE);
         INSERT IGNORE INTO app.mobync_owners (owner, next_clock) VALUES ('$1', 5)"
}

# diff_json ID TYPE MODEL OBJECT NAME: its JSON, inside a string of SQL
diff_json() {
    printf '{"id": "%s", "owner": "asdf", "logical_clock": 4, "utc_timestamp": 1604114123778, "type": "%s", "model": "%s", "json_data": "{\\\\"id\\\\":\\\\"%s\\\\",\\\\"name\\\\":\\\\"%s\\\\"}"}' \
        "$1" "$2" "$3" "$4" "$5"
}

rejects() {
    sql "SELECT CONCAT(owner, '/', id) FROM app.mobync_rejects ORDER BY owner, id" | tr '\n' ' '
}
# Of owners, their clocks: that their tables were compared is noted, too.
checksum() {
    sql "CHECKSUM TABLE app.diffs, app.tasks, app.mobync_rejects, app.mobync_known"
    sql 'SELECT owner, next_clock FROM app.mobync_owners WHERE next_clock > 0 ORDER BY owner'
}

# Without the table, every command says what makes it.
# shellcheck disable=SC2086 # two words are two arguments
for command in list "show d1" "retry d1" "drop d1"; do
    run 1 reject $command $config
    says err "^mobync reject ${command%% *}: .*mobync_rejects"
    says err "mobync schema --apply"
    silent out
done
# shellcheck disable=SC2086
run 0 schema --apply $config

# None.
# shellcheck disable=SC2086
{
    run 0 reject list $config
    silent out
    says err "^mobync reject list: there are none\$"
    run 0 reject list --json $config
    silent out
    run 0 reject list -c "$dir/fail_sync.yaml"
    says err "fail_sync"
    run 1 reject show d1 $config
    says err "^mobync reject show: d1: no reject has this id"
    silent out
}

nl='\n' # of SQL, in the middle of a name
keep alice good 3 INVALID_DATA '' "CONSTRAINT no_bread failed" "$(diff_json good create tasks task-1 bread)"
keep alice long 2 INVALID_DATA name 'field name: longer than 20 characters' \
    "$(diff_json long create tasks task-2 'far longer than the mapping allows')"
keep alice twin 4 FORBIDDEN '' "no${nl}never" "$(diff_json twin update tasks task-1 butter)"
keep "Zoë" twin 5 INVALID_DATA model 'the server has no model of this name' \
    "$(diff_json twin create nothing task-9 x)"
keep bob torn 1 INVALID_DATA type 'the key is missing' '{"id":"torn","owner":"bob",  "model":12}'

# list: oldest first, columns aligned by characters, nothing that steers a terminal.
# shellcheck disable=SC2086
{
    run 0 reject list $config
    silent err
    is "list: the order" "ID torn long good twin twin " "$(awk '{ print $3 }' "$dir/out" | tr '\n' ' ')"
    says out '^WHEN  *OWNER  ID    MODEL    TYPE    CODE  *FIELD  MESSAGE$'
    says out '^2027-01-15T08:00:00Z  alice  long  tasks    create  INVALID_DATA  name   field name: longer than 20 characters$'
    says out '^2027-01-15T08:00:00Z  alice  twin  tasks    update  FORBIDDEN     -      no?never$'
    says out '^2027-01-15T08:00:00Z  Zoë    twin  nothing  create  INVALID_DATA  model  the server'
    says out '^2027-01-15T08:00:00Z  bob    torn  -        -       INVALID_DATA  type   the key is missing$'
    run 0 reject list --owner alice $config
    is "list of an owner" 4 "$(wc -l <"$dir/out")"
    run 0 reject list --owner carol $config
    silent out
}

# list and show --json: what jq reads.
# shellcheck disable=SC2086
{
    run 0 reject list --json $config
    is "list --json: a line each" 5 "$(wc -l <"$dir/out")"
    is "list --json: members" \
        '["clock","code","diff","field","id","message","owner","request_id","time"]' \
        "$(jq -c 'select(.id == "long") | keys' "$dir/out")"
    is "list --json: the diff" far "$(jq -r 'select(.id == "long") | .diff.json_data | fromjson.name[0:3]' "$dir/out")"
    is "list --json: no field" null "$(jq -c 'select(.id == "good") | .field' "$dir/out")"
    is "list --json: a line feed in a message" '"no\nnever"' "$(jq -c 'select(.code == "FORBIDDEN") | .message' "$dir/out")"
    run 0 reject show --json torn $config
    is "show --json" '{"id":"torn","owner":"bob","model":12}' "$(jq -c .diff "$dir/out")"
}

# show: everything.
# shellcheck disable=SC2086
{
    run 0 reject show long $config
    for line in 'id       long' 'owner    alice' 'when     2027-01-15T08:00:00Z' 'clock    4' \
        'request  request-7' 'code     INVALID_DATA' 'field    name' \
        'message  field name: longer than 20 characters' 'diff     {"id":"long",.*task-2'; do
        says out "^$line"
    done
    silent err
}

# An id that several owners have.
# shellcheck disable=SC2086
{
    before=$(checksum)
    for command in show retry drop; do
        run 1 reject $command twin $config
        says err "^mobync reject $command: twin: 2 owners have a reject of this id: name one with --owner\$"
        silent out
    done
    run 1 reject show twin --owner carol $config
    says err "no reject has this id and this owner"
    is "nothing has changed" "$before" "$(checksum)"
    run 0 reject show twin --owner "Zoë" $config
    says out "^owner    Zoë\$"
}

# retry: what is refused again stays, and nothing changes at all.
# shellcheck disable=SC2086
{
    run 1 reject retry long $config
    says err "^mobync reject retry: long: INVALID_DATA in name: .*20 characters.*nothing has changed\$"
    silent out
    run 1 reject retry twin --owner alice $config
    says err "^mobync reject retry: twin: NO_SUCH_OBJECT: .*nothing has changed\$"
    run 1 reject retry twin --owner "Zoë" $config
    says err "^mobync reject retry: twin: INVALID_DATA in model: .*map the model first, in $dir/mobync.yaml\$"
    run 1 reject retry torn $config
    says err "^mobync reject retry: torn: INVALID_DATA in "
    is "refused again: nothing has changed" "$before" "$(checksum)"
}

# retry: a change of now, of the owner to whom it belongs, whatever the diff says.
# shellcheck disable=SC2086
{
    run 1 reject retry long good missing $config
    says out "^good of alice is applied: the owner's clock is now 6\$"
    is "retry: one line for the one that is applied" 1 "$(wc -l <"$dir/out")"
    says err "^mobync reject retry: long: INVALID_DATA in name: "
    says err "^mobync reject retry: missing: no reject has this id"
    is "retry: the row" "alice task-1 bread" "$(sql "SELECT CONCAT_WS(' ', owner_id, id, name) FROM app.tasks")"
    is "retry: the diff that devices receive" "alice 5 1604114123778 create tasks task-1" \
        "$(sql "SELECT CONCAT_WS(' ', owner, logical_clock, \`utc_timestamp\`, type, model, object_id) FROM app.diffs")"
    [ "$(sql "SELECT id FROM app.diffs")" != good ] || fault "retry: the id is the old one"
    is "retry: it is kept no longer" "Zoë/twin alice/long alice/twin bob/torn " "$(rejects)"
    is "retry: its id stays known and rejected" 1 "$(sql "SELECT rejected FROM app.mobync_known WHERE id = 'good'")"
    run 1 reject retry good $config
    says err "good: no reject has this id"

    # Now there is a row for the update that came behind it; other modes do not matter.
    run 0 reject retry twin --owner alice -c "$dir/fail_sync.yaml"
    says out "^twin of alice is applied: the owner's clock is now 7\$"
    is "retry of an update: the row" butter "$(sql "SELECT name FROM app.tasks")"
}

# drop: gone for good, and told on the way.
# shellcheck disable=SC2086
{
    run 1 reject drop long missing torn $config
    is "drop: what they were" "long torn " "$(jq -r .diff.id "$dir/out" | tr '\n' ' ')"
    says err "^mobync reject drop: long of alice is dropped; it was:\$"
    says err "^mobync reject drop: missing: no reject has this id"
    is "drop: the others stay" "Zoë/twin " "$(rejects)"
    is "drop: its id stays known and rejected" 1 "$(sql "SELECT rejected FROM app.mobync_known WHERE id = 'long'")"
    is "drop: no row has changed" butter "$(sql "SELECT name FROM app.tasks")"
}

# A database that is away.
sed "s|$socket|$dir/no.sock|" "$dir/mobync.yaml" >"$dir/away.yaml"
for command in list "show d1" "retry d1 d2" "drop d1"; do
    # shellcheck disable=SC2086
    run 1 reject $command -c "$dir/away.yaml"
    says err "no.sock"
    is "a database that is away is told once" 1 "$(wc -l <"$dir/err")"
done

finish
