#!/bin/sh
# The triggers of `mobync schema` on a private MariaDB: every kind of statement on every kind of key
# leaves exactly the entries in the outbox that it should, and no statement fails because of them.
# usage: triggers.sh MOBYNC
set -u
# Two hours of one clock, when summer time ends.
export TZ=Europe/Berlin
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/cli/mariadb.sh
. "$(dirname "$0")/mariadb.sh"

folder=$(dirname "$0")/triggers
client --user=root app <"$folder/schema.sql" || exit 1
{
    cat <<END
listen: unix:$dir/mobync.sock
database:
  socket: $socket
  user: mobync
  name: app
auth:
  trusted_param: MOBYNC_OWNER
END
    cat "$folder/models.yaml"
} >"$dir/mobync.yaml"
config="-c $dir/mobync.yaml"

# How a session of the app may be set.
plain="SET NAMES utf8mb4"
hostile="SET NAMES latin1; SET time_zone = 'SYSTEM', lc_messages = 'de_DE', sql_select_limit = 1,
    sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH,PIPES_AS_CONCAT,IGNORE_SPACE',
    collation_connection = 'latin1_german2_ci', sql_safe_updates = 0, group_concat_max_len = 4,
    max_sort_length = 8, div_precision_increment = 0, optimizer_switch = 'derived_merge=off'"
loose="SET NAMES utf8mb4; SET sql_mode = '', sql_notes = 0, time_zone = '-08:00', character_set_filesystem = 'latin1'"

# outbox: its entries in order, emptied.
outbox() {
    sql "SELECT CONCAT_WS(' ', op, model, owner, IF(object_id = '', '-', object_id), IF(own, 'own', NULL), fields)
         FROM app.mobync_changes ORDER BY seq; DELETE FROM app.mobync_changes"
}

# told WHAT SQL: in any session the statements work and leave the entries on standard input.
told() {
    what=$1
    cat >"$dir/wanted"
    if ! client --user=root --batch --skip-column-names app --execute="$session; $2" >"$dir/out" 2>"$dir/err"; then
        fault "$what: the statement fails"
        return
    fi
    outbox >"$dir/out" 2>"$dir/err"
    diff "$dir/wanted" "$dir/out" >"$dir/diff" || { cat "$dir/diff"; fault "$what ($session)"; }
}

# shellcheck disable=SC2086
run 0 schema --apply $config
says err "statements about triggers"
[ "$failures" -eq 0 ] || finish
# shellcheck disable=SC2086
{
    run 0 check $config
    ! grep -E "lacks the trigger|TRIGGER|configuration needs|ON DELETE" "$dir/out" || fault "check does not like the triggers"
    run 0 schema $config
    silent out
    run 0 schema --apply $config
    says err "nothing to do"
}
[ "$(sql "SELECT MAX(CHAR_LENGTH(TRIGGER_NAME)) <= 64 FROM information_schema.TRIGGERS")" = 1 ] ||
    fault "a name is too long"
sql "DELETE FROM app.mobync_changes"

for session in "$plain" "$hostile" "$loose"; do
    # shellcheck source=tests/cli/triggers/statements.sh
    . "$folder/statements.sh"
done
session=$plain
# shellcheck source=tests/cli/triggers/broken.sh
. "$folder/broken.sh"
# shellcheck source=tests/cli/triggers/lifecycle.sh
. "$folder/lifecycle.sh"
finish
