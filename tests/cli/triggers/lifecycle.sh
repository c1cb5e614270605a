# shellcheck shell=sh disable=SC2154 # triggers.sh
# Triggers that come, change and go; accounts that may not; dumps.
count() {
    sql "SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = '$1' AND TRIGGER_NAME LIKE 'mobync\\_%'"
}
generation() {
    sql "SELECT generation FROM $1.mobync_lineage WHERE slot = 0"
}

# Another mapping: the new trigger is there before the old one goes, and all is compared.
made=$(count app)
before=$(generation app)
sed '/name: state,/d' "$dir/mobync.yaml" >"$dir/less.yaml"
run 0 check -c "$dir/less.yaml"
says out "warning: table .tasks. lacks the triggers .mobync_tasks_update_"
says out "warning: trigger .mobync_tasks_update_[0-9a-f]*. of table .tasks. is not one that"
run 0 schema -c "$dir/less.yaml"
[ "$(grep -Eo '^(CREATE|UPDATE|DROP)' "$dir/out" | tr '\n' ' ')" = "CREATE UPDATE DROP " ] || fault "not in this order: CREATE, UPDATE, DROP"
[ "$(count app)" -eq "$made" ] || fault "printing changed something"
run 0 schema --apply -c "$dir/less.yaml"
[ "$(count app)" -eq "$made" ] || fault "not as many triggers as before"
[ "$(generation app)" -gt "$before" ] || fault "the generation was not raised"
run 0 check -c "$dir/less.yaml"
! grep -E 'lacks the triggers|is not one' "$dir/out" || fault "check does not like what schema --apply made"
run 0 schema --apply -c "$dir/mobync.yaml"

# A table that another one has replaced keeps its triggers, and their names.
swap() {
    sql "CREATE TABLE $1.codes_new LIKE $1.codes; INSERT INTO $1.codes_new SELECT * FROM $1.codes;
         RENAME TABLE $1.codes TO $1.codes_old, $1.codes_new TO $1.codes; DELETE FROM $1.mobync_changes"
}
recorded_once() {
    sql "INSERT INTO $1.codes VALUES ('s', 'ann', 'x')"
    [ "$(sql "SELECT op, model FROM $1.mobync_changes")" = "I	codes" ] || fault "of a table that replaced another nothing is recorded"
}
swap app
run 0 check -c "$dir/mobync.yaml"
says out "warning: table .codes. lacks the triggers"
run 0 schema -c "$dir/mobync.yaml"
[ "$(grep -Eo '^(CREATE|UPDATE|DROP)' "$dir/out" | tr '\n' ' ')" = "DROP CREATE DROP CREATE DROP CREATE UPDATE " ] ||
    fault "not in this order: each name is free before it is given"
before=$(generation app)
run 0 schema --apply -c "$dir/mobync.yaml"
[ "$(count app)" -eq "$made" ] || fault "not as many triggers as before another table came"
[ "$(generation app)" -gt "$before" ] || fault "another table: the generation was not raised"
recorded_once app
run 0 check -c "$dir/mobync.yaml"
! grep -E 'lacks the triggers|is not one' "$dir/out" || fault "check does not like the triggers of another table"
sql "DROP TABLE app.codes_old"

# A dump brings them along, or not; then they are made, and all is compared.
for with in --triggers --skip-triggers; do
    sql "DROP DATABASE IF EXISTS copy; CREATE DATABASE copy; GRANT ALL ON copy.* TO mobync@localhost"
    mariadb-dump --no-defaults --socket="$socket" --user=root $with app 2>"$dir/err" | client --user=root copy 2>>"$dir/err" ||
        fault "mariadb-dump $with is not restored"
    sed "s/name: app/name: copy/" "$dir/mobync.yaml" >"$dir/copy.yaml"
    before=$(generation copy)
    if [ $with = --triggers ]; then
        [ "$(count copy)" -eq "$made" ] || fault "$with: they are not there"
        run 0 schema -c "$dir/copy.yaml"
        silent out
    else
        [ "$(count copy)" -eq 0 ] || fault "$with: they are there"
        run 0 schema --apply -c "$dir/copy.yaml"
        [ "$(generation copy)" -gt "$before" ] || fault "$with: the generation was not raised"
    fi
    [ "$(count copy)" -eq "$made" ] || fault "$with: not all are there"
    sql "DELETE FROM copy.mobync_changes; INSERT INTO copy.codes VALUES ('c', 'ann', 'x')"
    [ "$(sql "SELECT op, model FROM copy.mobync_changes")" = "I	codes" ] || fault "$with: nothing is recorded"
done

# Triggers without the outbox record nothing: once it is there, all is compared.
sql "DROP TABLE copy.mobync_changes; INSERT INTO copy.codes VALUES ('d', 'ann', 'x')"
before=$(generation copy)
run 0 schema --apply -c "$dir/copy.yaml"
says err "done, 2 statements"
[ "$(generation copy)" -gt "$before" ] || fault "with a new outbox, the generation was not raised"
run 0 schema --apply -c "$dir/copy.yaml"
says err "nothing to do"

# What no trigger sees is named, where the config meets it.
run 0 check -c "$dir/copy.yaml"
! grep -E 'is partitioned|is a replica|another database|MIXED' "$dir/out" || fault "check warns of what is not there"
sql "CREATE DATABASE other; CREATE TABLE other.shops (id INT PRIMARY KEY); INSERT INTO other.shops VALUES (1);
     ALTER TABLE copy.counters PARTITION BY HASH (id) PARTITIONS 2;
     CREATE TABLE copy.alone (id INT PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 2;
     ALTER TABLE copy.tasks ADD shop INT NULL, ADD CONSTRAINT of_shop FOREIGN KEY (shop) REFERENCES other.shops (id) ON DELETE CASCADE;
     ALTER TABLE copy.shelves ADD far INT NULL, ADD CONSTRAINT of_far FOREIGN KEY (far) REFERENCES other.shops (id) ON DELETE CASCADE;
     CREATE TABLE copy.apart (id INT PRIMARY KEY, FOREIGN KEY (id) REFERENCES other.shops (id) ON DELETE CASCADE);
     ALTER TABLE copy.lists ADD shop INT NULL, ADD CONSTRAINT of_kept FOREIGN KEY (shop) REFERENCES other.shops (id);
     CHANGE MASTER TO MASTER_HOST = 'localhost', MASTER_USER = 'nobody'; START SLAVE SQL_THREAD"
run 0 check -c "$dir/copy.yaml"
says out "warning: table .counters. is partitioned, .* run .mobync reconcile --model counters. after"
says out "warning: foreign key .of_shop. of table .tasks. refers to table .shops. of another database"
says out "warning: foreign key .of_far. of table .shelves. refers to table .shops. of another database"
says out "warning: the database server is a replica and runs no triggers .* slave_run_triggers_for_rbr = YES"
! grep -E 'alone|apart|of_kept' "$dir/out" || fault "check warns of tables that are not mapped, or keys that change nothing"
sql "STOP SLAVE; SET GLOBAL slave_run_triggers_for_rbr = YES; START SLAVE SQL_THREAD"
run 0 check -c "$dir/copy.yaml"
! grep 'is a replica' "$dir/out" || fault "check warns of a replica that runs triggers"
sql "STOP SLAVE; RESET SLAVE ALL; SET GLOBAL slave_run_triggers_for_rbr = DEFAULT; DROP DATABASE copy; DROP DATABASE other"

# The account of the config may not: all else is done, and what is printed works as it stands.
sql "CREATE DATABASE poor; CREATE USER poor@localhost; GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER ON poor.* TO poor@localhost"
client --user=root poor <"$folder/schema.sql" || fault "the schema is not taken"
sed -e "s/name: app/name: poor/" -e "s/user: mobync/user: poor/" "$dir/mobync.yaml" >"$dir/poor.yaml"
run 0 schema --apply -c "$dir/poor.yaml"
says err "^-- this account may not"
says err "schema -c $dir/poor.yaml | mariadb poor"
says err "^GRANT SELECT, TRIGGER ON .poor.\..tasks. TO 'poor'@'localhost';"
says err "^GRANT SELECT, TRIGGER ON .poor.\..shops. TO 'poor'@'localhost';"
[ "$(count poor)" -eq 0 ] || fault "triggers without the privilege"
cp "$dir/err" "$dir/admin.sql"
run 0 check -c "$dir/poor.yaml"
says out "warning: account 'poor'@'localhost' lacks the privilege TRIGGER on table .tasks. itself"
sed -n '/^GRANT/,$p' "$dir/admin.sql" | client --user=root poor 2>"$dir/err" || fault "what is printed is no SQL"
run 0 check -c "$dir/poor.yaml"
! grep -E 'TRIGGER|lacks the triggers' "$dir/out" || fault "what is printed is not enough"
[ "$(generation poor)" -gt 1 ] || fault "the administrator's SQL does not raise the generation"
run 0 schema --apply -c "$dir/poor.yaml"
says err "nothing to do"
sql "INSERT INTO poor.codes VALUES ('c', 'ann', 'x')"
[ "$(sql "SELECT op, model FROM poor.mobync_changes")" = "I	codes" ] || fault "nothing is recorded as poor"

# What is granted by --grants is what the triggers need, those of unmapped parents too.
run 0 schema --grants -c "$dir/poor.yaml"
says out "^GRANT SELECT, INSERT, UPDATE, DELETE, TRIGGER ON .poor.\..codes. TO .poor.@.localhost."
says out "^GRANT SELECT, TRIGGER ON .poor.\..users. TO .poor.@.localhost."
sed '/mobync_flush/d' "$dir/out" | client --user=root poor 2>"$dir/err" || fault "--grants prints no SQL"
sql "REVOKE SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER ON poor.* FROM poor@localhost; DELETE FROM poor.mobync_changes;
     INSERT INTO poor.tasks (id, owner) VALUES (1, 5); UPDATE poor.tasks SET title = 'x'; DELETE FROM poor.tasks;
     INSERT INTO poor.users VALUES ('ann'); INSERT INTO poor.letters VALUES (1, 'ann', 'x'); DELETE FROM poor.users"
[ "$(sql "SELECT GROUP_CONCAT(op ORDER BY seq SEPARATOR '') FROM poor.mobync_changes")" = IUDIR ] || fault "what --grants prints is not enough"
run 0 check -c "$dir/poor.yaml"

# The triggers of a table that was replaced, where the account may not see it.
swap poor
before=$(generation poor)
run 0 schema --apply -c "$dir/poor.yaml"
says err "^-- this account may not"
says err "^DROP TRIGGER IF EXISTS .mobync_codes_insert_"
! grep ': done' "$dir/err" || fault "done, although no name was free"
[ "$(generation poor)" -eq "$before" ] || fault "the generation was raised before the triggers were there"
cp "$dir/err" "$dir/admin.sql"
sed -n '/^DROP/,$p' "$dir/admin.sql" | client --user=root poor 2>"$dir/err" || fault "what is printed for a table that was replaced is no SQL"
[ "$(generation poor)" -gt "$before" ] || fault "the administrator's SQL for a table that was replaced does not raise the generation"
recorded_once poor
run 0 schema --apply -c "$dir/poor.yaml"
says err "nothing to do"
sql "DROP TABLE poor.codes_old; DELETE FROM poor.codes WHERE id = 's'; DELETE FROM poor.mobync_changes"

# The definer loses what the triggers need: no statement fails.
sql "REVOKE INSERT ON poor.mobync_changes FROM poor@localhost; INSERT INTO poor.tasks (id, owner) VALUES (1, 5); INSERT INTO poor.users VALUES ('ann')" ||
    fault "without INSERT on the outbox a statement fails"
sql "REVOKE SELECT ON poor.tasks FROM poor@localhost; REVOKE SELECT ON poor.letters FROM poor@localhost;
     UPDATE poor.tasks SET title = 'y'; DELETE FROM poor.tasks; DELETE FROM poor.users" || fault "without SELECT a statement fails"

sql "REVOKE TRIGGER ON poor.codes FROM poor@localhost"
run 1 check -c "$dir/poor.yaml"
says out "warning: account 'poor'@'localhost' lacks the privilege TRIGGER on table .codes. itself"

# They all go: printed, then done, stale ones too.
run 0 schema --remove-triggers -c "$dir/less.yaml"
[ "$(grep -c '^DROP TRIGGER IF EXISTS' "$dir/out")" -eq "$made" ] || fault "not all are printed"
[ "$(count app)" -eq "$made" ] || fault "printing drops some"
run 0 schema --remove-triggers --apply -c "$dir/less.yaml"
[ "$(count app)" -eq 0 ] || fault "some are left"
[ "$(sql "SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = 'app'")" -eq 1 ] || fault "the app's own is gone, too"
run 0 check -c "$dir/mobync.yaml"
says out "warning: table .tasks. lacks the triggers .mobync_tasks_insert_[0-9a-f]*., .mobync_tasks_update_[0-9a-f]*., .mobync_tasks_delete_[0-9a-f]*., so what other SQL"
says out "warning: table .shops. lacks the triggers .mobync_shops_parent_delete_[0-9a-f]*., so what its foreign keys"
run 2 schema --remove-triggers --grants -c "$dir/mobync.yaml"
run 0 schema --remove-triggers -c "$dir/mobync.yaml"
silent out

# With a binary log it takes more than TRIGGER.
kill "$mysql_pid" && wait "$mysql_pid"
# shellcheck disable=SC2086 # empty, or one option
mariadbd --no-defaults --datadir="$dir/data" --socket="$socket" --skip-networking --log-bin="$dir/binlog" --server-id=1 \
    --innodb-buffer-pool-size=32M $as_root >>"$dir/mysql.log" 2>&1 &
mysql_pid=$!
tries=0
until sql "SELECT 1" >"$dir/out" 2>"$dir/err"; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || { cat "$dir/mysql.log"; exit 1; }
    sleep 0.2
done
before=$(generation app)
run 0 schema --apply -c "$dir/mobync.yaml"
says err "^-- this account may not"
! grep '^GRANT' "$dir/err" || fault "GRANT where nothing is to be granted"
[ "$(count app)" -eq 0 ] || fault "triggers in spite of the binary log"
[ "$(generation app)" -eq "$before" ] || fault "the generation was raised for nothing"
cp "$dir/err" "$dir/admin.sql"
sed -n '/^DELIMITER/,$p' "$dir/admin.sql" | client --user=root app 2>"$dir/err" || fault "what is printed for a server with a binary log is no SQL"
[ "$(count app)" -eq "$made" ] || fault "the administrator's SQL does not make all"
[ "$(generation app)" -gt "$before" ] || fault "nor raise the generation"

# What logs statements locks what triggers read.
sql "SET GLOBAL sync_binlog = 1"
run 0 check -c "$dir/mobync.yaml"
says out "warning: .* binlog_format = MIXED, so SQL that deletes rows of .[a-z]*. or changes their keys locks their children"
sql "SET GLOBAL binlog_format = ROW"
run 0 check -c "$dir/mobync.yaml"
! grep binlog_format "$dir/out" || fault "check warns of binlog_format = ROW"
