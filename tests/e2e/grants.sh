#!/usr/bin/env bash
# The database account needs what `mobync schema --grants` prints, and no less: everything works
# with exactly that, and without any one of it something fails.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
settings=$work/s/e2e.yaml

# With a validation function, and a model to which rows are only added, which may refer to each
# other.
mkdir "$work/s"
e2e_config "$work/s" | sed -e 's|^  trusted_param: .*|  tokens: {}\n  cache: 0s|' \
    -e 's|fail_sync|quarantine|' \
    -e 's|^models:|models:\n  - name: log\n    allow: [create]\n    fields:\n      - { name: line, type: string, max_length: 20 }\n      - { name: after, type: string, max_length: 128 }|' \
    -e 's|name: model1|&\n    validate: may_write|' >"$settings"
sed '/validate:/d' "$settings" >"$work/s/first.yaml"
mv "$settings" "$work/s/least.yaml"
cp "$work/s/first.yaml" "$settings"
own_stack

mobync() {
    "$MOBYNC_BIN" "$@" -c "$settings" 2>"$work/err"
}

as_root() {
    mariadb --no-defaults --socket="$dir/mysql.sock" --user="$(id -un)" --batch --skip-column-names "$@"
}

as_root -e "ALTER TABLE app.log MODIFY after VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
            ADD FOREIGN KEY (owner_id, after) REFERENCES app.log (owner_id, id)"

# --- from an account that may do everything to one that may do what is printed
sql "CREATE FUNCTION may_write(o VARCHAR(128), t VARCHAR(16), j LONGTEXT) RETURNS BOOLEAN
     DETERMINISTIC RETURN TRUE"
sed 's|user: mobync|user: least|' "$work/s/least.yaml" >"$settings"
as_root -e 'CREATE USER least@localhost'
mobync schema --grants >"$work/grants.sql"
expect_true 'what is printed is SQL' as_root <"$work/grants.sql"
sed -n 's/^GRANT \(.*\) ON \(.*\) TO .*/\1|\2/p' "$work/grants.sql" |
    while IFS='|' read -r verbs target; do
        printf '%s\n' "${verbs//, /$'\n'}" | sed "s/\$/|$target/"
    done >"$work/single"
expect 'what it is, one by one' "$(sed 's/^ *//' <<'END'
    DELETE|`app`.`diffs`
    DELETE|`app`.`mobync_changes`
    DELETE|`app`.`mobync_known`
    DELETE|`app`.`mobync_rejects`
    DELETE|`app`.`mobync_summaries`
    DELETE|`app`.`model1`
    DELETE|`app`.`tasks`
    EXECUTE|FUNCTION `app`.`may_write`
    EXECUTE|PROCEDURE `app`.mobync_flush
    INSERT|`app`.`diffs`
    INSERT|`app`.`log`
    INSERT|`app`.`mobync_changes`
    INSERT|`app`.`mobync_forks`
    INSERT|`app`.`mobync_known`
    INSERT|`app`.`mobync_lineage`
    INSERT|`app`.`mobync_owners`
    INSERT|`app`.`mobync_rejects`
    INSERT|`app`.`mobync_summaries`
    INSERT|`app`.`mobync_tokens`
    INSERT|`app`.`model1`
    INSERT|`app`.`tasks`
    SELECT|`app`.`diffs`
    SELECT|`app`.`log`
    SELECT|`app`.`mobync_changes`
    SELECT|`app`.`mobync_forks`
    SELECT|`app`.`mobync_known`
    SELECT|`app`.`mobync_lineage`
    SELECT|`app`.`mobync_owners`
    SELECT|`app`.`mobync_rejects`
    SELECT|`app`.`mobync_summaries`
    SELECT|`app`.`mobync_tokens`
    SELECT|`app`.`model1`
    SELECT|`app`.`tasks`
    TRIGGER|`app`.`log`
    TRIGGER|`app`.`model1`
    TRIGGER|`app`.`tasks`
    UPDATE|`app`.`log`
    UPDATE|`app`.`mobync_known`
    UPDATE|`app`.`mobync_lineage`
    UPDATE|`app`.`mobync_owners`
    UPDATE|`app`.`mobync_tokens`
    UPDATE|`app`.`model1`
    UPDATE|`app`.`tasks`
END
)" "$(LC_ALL=C sort "$work/single")"
expect 'check is content' 'the config fits the database' "$(mobync check | tail -n 1)"
before=$(worker_pids)
kill -s HUP "$(serve_pid)"
expect_true 'serve goes on with it' wait_until 30 workers_are_others_than "$before"

# --- one of everything, by a new owner each time; the first step that failed is left in $step

# step NAME STATUS CLOCK DIFF…
step() {
    step=$1
    local wanted=$2
    sync "$token" "$(push_json "${@:3}")"
    [[ $status == "$wanted" ]]
}

writes() {
    step "$1: create" 200 0 "$(diff_json "$1-c" "$owner" 0 create "$1" '{"id":"x"'"$2"'}')" &&
        step "$1: create over a row" 200 1 "$(diff_json "$1-o" "$owner" 1 create "$1" '{"id":"x"'"$2"'}')"
}

changes() {
    writes "$1" "$2" &&
        step "$1: update" 200 2 "$(diff_json "$1-u" "$owner" 2 update "$1" '{"id":"x"'"$2"'}')" &&
        step "$1: delete" 200 3 "$(diff_json "$1-d" "$owner" 3 delete "$1" '{"id":"x"}')"
}

pulls() {
    step 'a pull' 200 0 && step='what it brings' && [[ $(of_body '.diffs | length') == "$1" ]]
}

refuses() {
    step 'a diff that is refused' 200 0 "$(diff_json "$1" "$owner" 0 create tasks '{"id":"'"$1"'","name":null}')" &&
        [[ $(of_body '.rejected | length') == 1 ]]
}

# A row that other SQL inserts resolves the update that was refused.
operator() {
    step='reject list' && [[ -n $(mobync reject list --owner "$owner") ]] &&
        step='reject drop' && mobync reject drop drop --owner "$owner" >"$work/out" &&
        step='reject retry' && as_root -e "INSERT INTO app.tasks (owner_id, id, name) VALUES ('$owner', 'late', 'n')" &&
        mobync reject retry retry --owner "$owner" >"$work/out" &&
        step='explain' && mobync explain --owner "$owner" >"$work/out"
}

# Without it a write takes its place, and check says so.
flushes() {
    step='a wait for the disk' && mobync check >"$work/out" && ! grep -q mobync_flush "$work/out"
}

captures() {
    step='triggers that run as this account' && mobync check >"$work/out" && ! grep -q 'privilege TRIGGER' "$work/out"
}

of_keeper() {
    mobync status --json | jq -r ".housekeeper.$1"
}

# What the step above was about is old: the next process looks at once. It says what it did.
folds() {
    local before failures
    step='housekeeping' && before=$(as_root -e "SELECT COUNT(*) FROM app.diffs WHERE owner = '$owner'") &&
        ((before > 0)) && as_root -e "UPDATE app.diffs SET stored_at = NOW() - INTERVAL 60 DAY WHERE owner = '$owner'" &&
        failures=$(of_keeper failures) && kill -s KILL "$(of_keeper pid)" &&
        step='old diffs are folded' && wait_until 20 is_folded_or_failed "$failures" && is_folded
}

is_folded() {
    [[ $(as_root -e "SELECT (SELECT COUNT(*) FROM app.diffs WHERE owner = '$owner') +
        (SELECT COUNT(*) FROM app.mobync_known WHERE owner = '$owner' AND NOT rejected)") == 0 ]]
}

is_folded_or_failed() {
    is_folded || (($(of_keeper failures) > $1))
}

tokens() {
    step='token create' && opaque=$(mobync token create --owner "$owner") &&
        step='an opaque token' && sync "$opaque" '{"logical_clock":0,"diffs":[]}' && [[ $status == 200 ]] &&
        step='token list' && id=$(mobync token list | awk -v owner="$owner" '$NF == owner { print $1 }') &&
        step='token revoke' && mobync token revoke "$id" >"$work/out"
}

everything() {
    owner=$1-m token=$(token_of "$1-m")
    changes model1 ',"field1":"v"' || return
    owner=$1-l token=$(token_of "$1-l")
    writes log ',"line":"v"' && pulls 1 &&
        step 'a circle of rows' 200 2 "$(diff_json ring1 "$owner" 2 create log '{"id":"r1","after":"r2"}')" \
            "$(diff_json ring2 "$owner" 2 create log '{"id":"r2","after":"r1"}')" && pulls 3 || return
    owner=$1-t token=$(token_of "$1-t")
    changes tasks ',"name":"n"' &&
        step 'a void update' 200 4 "$(diff_json void "$owner" 4 update tasks '{"id":"x","name":"m"}')" &&
        step 'the same again' 200 4 "$(diff_json void "$owner" 4 update tasks '{"id":"x","name":"m"}')" || return
    [[ -z ${2:-} ]] ||
        { step 'a diff behind it' 200 5 "$(diff_json last "$owner" 5 create tasks '{"id":"y","name":"n"}')" && folds; } || return
    owner=$1-r token=$(token_of "$1-r")
    refuses drop &&
        step 'an update of no row' 200 0 "$(diff_json retry "$owner" 0 update tasks '{"id":"late","name":"m"}')" &&
        operator && tokens && flushes && captures && restores_and_back "$1"
}

restores() {
    owner=$1-f token=$(token_of "$1-f")
    step='restored' && mobync restored >"$work/out" &&
        step 'a push that forks' 200 0 "$(diff_json "$owner" "$owner" 0 create log '{"id":"x","line":"v"}')" &&
        step 'a clock that was lost' 409 1
}

# The clocks above are those of the first epoch.
restores_and_back() {
    local code=0
    restores "$1" || code=$?
    as_root -e 'DELETE FROM app.mobync_lineage WHERE slot > 0; UPDATE app.mobync_lineage SET epoch = 0'
    return "$code"
}

say_where() {
    everything "$1" folds || { printf 'stopped at: %s: %s %s\n' "$step" "$status" "$body$(cat "$work/err")"; false; }
}
expect_true 'with exactly these everything works' say_where whole

# --- without any one of them something does not
n=0
while IFS='|' read -r verb target; do
    n=$((n + 1))
    as_root -e "REVOKE $verb ON $target FROM least@localhost"
    # It takes seconds, and needs nothing of other tables that a push does not.
    [[ $target == *diffs* || $target == *mobync_known* || $target == *mobync_summaries* ]] && fold=folds || fold=
    if everything "without$n" "$fold"; then
        step=nothing
    fi
    expect_true "without $verb on $target: $step fails" test "$step" != nothing
    as_root -e "GRANT $verb ON $target TO least@localhost"
done <"$work/single"
expect_true 'with all of them again everything works' say_where again

# --- tables can be made with what docs/deploy.md says
made=$(sed -n 's/^GRANT \(.*\) ON app\.\* TO .*/\1/p' "$root/docs/deploy.md")
as_root -e "CREATE DATABASE made; CREATE USER maker@localhost; GRANT $made ON made.* TO maker@localhost"
sed -e 's|user: least|user: maker|' -e 's|name: app|name: made|' -e '/validate:/d' "$settings" >"$work/s/made.yaml"
expect 'schema --apply: new tables' 0 "$("$MOBYNC_BIN" schema --apply -c "$work/s/made.yaml" >"$work/out" 2>&1; echo $?)"
as_root -e 'ALTER TABLE made.tasks DROP COLUMN priority; ALTER TABLE made.mobync_known DROP COLUMN rejected;
            ALTER TABLE made.diffs DROP INDEX `id`' 2>/dev/null || true
expect 'schema --apply: new columns and keys' 0 "$("$MOBYNC_BIN" schema --apply -c "$work/s/made.yaml" >"$work/out" 2>&1; echo $?)"
expect_true 'schema --apply: there were some' grep -q 'done, [1-9]' "$work/out"

# --- the password comes from a file alone
expect 'no option holds a password' '' \
    "$({ for command in serve check schema 'token create' 'reject list'; do
        # shellcheck disable=SC2086 # two words
        "$MOBYNC_BIN" $command --help
    done; } | grep -i passw || true)"
as_root -e "ALTER USER least@localhost IDENTIFIED BY 'secret'"
expect 'MYSQL_PWD in the environment is not looked at' 1 \
    "$(MYSQL_PWD=secret MARIADB_PWD=secret "$MOBYNC_BIN" check -c "$settings" >"$work/out" 2>&1; echo $?)"
printf 'secret\n' >"$work/s/password"
sed -i "s|user: least|&\n  password_file: '$work/s/password'|" "$settings"
expect 'the file is' 0 "$(mobync check >"$work/out"; echo $?)"
finish
