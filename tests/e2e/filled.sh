#!/usr/bin/env bash
# A table of a Rails application as it is: timestamps that are NOT NULL without a default, a counter
# that a trigger keeps, a slug that is generated, soft deletes. Two devices, and the application's
# own SQL. docs/config.md, Columns that the server fills.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$root/tests/e2e/device.sh"

mkdir "$work/s"
e2e_config "$work/s" | sed 's|fail_sync|quarantine|' >"$work/s/e2e.yaml"
own_stack
admin_sql 'CREATE TABLE posts (id BIGINT AUTO_INCREMENT PRIMARY KEY, user_id BIGINT NOT NULL,
        title VARCHAR(80) CHARACTER SET utf8mb4 NOT NULL, kind ENUM ("note", "list") NOT NULL,
        slug VARCHAR(90) CHARACTER SET utf8mb4 AS (LOWER(title)) STORED,
        lock_version INT NOT NULL DEFAULT 0, created_at DATETIME(6) NOT NULL,
        updated_at DATETIME(6) NOT NULL, deleted_at DATETIME NULL, UNIQUE KEY (user_id, slug));
    CREATE TRIGGER lock_posts BEFORE UPDATE ON posts FOR EACH ROW
        SET NEW.lock_version = OLD.lock_version + 1'
cat >>"$dir/e2e.yaml" <<END
  - name: posts
    id: { column: sync_id, type: uuid }
    owner: { column: user_id, type: integer }
    fields:
      - { name: title, type: string, max_length: 80, required: true }
      - { name: slug, type: string, read_only: true }
      - { name: version, column: lock_version, type: integer, read_only: true }
END

# Nobody says yet what fills three columns.
if "$MOBYNC_BIN" check -c "$dir/e2e.yaml" >"$work/out" 2>&1; then
    expect 'check finds faults' yes no
fi
for column in kind created_at updated_at; do
    expect_true "check says what fills $column" \
        grep -q "\`$column\` is NOT NULL without a default.*map it, let the server fill it (fill: \[{ column: $column, default: .* or give it a default" "$work/out"
done
expect 'no advice to change a table that is there' '' "$(grep -i 'alter\|modify\|drop' "$work/out" || true)"
cat >>"$dir/e2e.yaml" <<END
    delete: { column: deleted_at, set: now }
    fill:
      - { column: kind, default: note }
      - { column: created_at, default: now }
      - { column: updated_at, default: now, on_update: now }
END
"$MOBYNC_BIN" schema --apply -c "$dir/e2e.yaml" >"$work/out" 2>&1 || expect 'schema --apply' '' "$(<"$work/out")"
"$MOBYNC_BIN" check -c "$dir/e2e.yaml" >"$work/out" 2>&1 || expect 'check' '' "$(<"$work/out")"
workers=$(worker_pids)
kill -s HUP "$(serve_pid)"
wait_until 20 workers_are_others_than "$workers" || expect 'serve has reloaded' '' "$workers"

one=00000000-0000-4000-8000-000000000001
two=00000000-0000-4000-8000-000000000002
token=$(token_of 7)

# change NUMBER TYPE ID FIELDS: of device_write's list
change() {
    jq -cn --arg id "d$1" --arg type "$2" --argjson time "$((1000 + $1))" --arg data "$(jq -cn --arg id "$3" '{id: $id} + '"${4:-null}")" \
        '[{id: $id, owner: "7", logical_clock: 0, utc_timestamp: $time, type: $type, model: "posts", json_data: $data}]'
}

for device in phone tablet; do
    device_new $device
done
device_write phone "$(change 1 create $one '{title: "First"}')"
device_write phone "$(change 2 create $two '{title: "Second"}')"
device_sync phone "$token"
expect 'the phone is told what the database made' \
    "posts/$one slug=first title=First version=0
posts/$two slug=second title=Second version=0" "$(device_rows phone)"
device_sync tablet "$token"
expect 'so is the tablet' "$(device_rows phone)" "$(device_rows tablet)"
device_write tablet "$(change 3 update $one '{title: "FIRST again"}')"
device_sync tablet "$token"
device_sync phone "$token"
expect 'after an update' "posts/$one slug=first again title=FIRST again version=1
posts/$two slug=second title=Second version=0" "$(device_rows phone)"
expect 'on both' "$(device_rows phone)" "$(device_rows tablet)"
expect 'what the application sees' $'note\t1\t1\tnote\t1\t1' \
    "$(sql 'SELECT kind, created_at <= updated_at, ABS(TIMESTAMPDIFF(SECOND, created_at, UTC_TIMESTAMP())) < 300 FROM posts ORDER BY id' | paste -sd '\t')"
expect 'now has the fraction that its column keeps' $'1\t1' \
    "$(sql 'SELECT MAX(MICROSECOND(created_at)) > 0, MAX(MICROSECOND(updated_at)) > 0 FROM posts')"

# A value of the server's is refused, and undone on the device.
device_write phone "$(change 4 update $two '{title: "Mine", version: 9}')"
device_sync phone "$token"
expect 'the refusal' 'INVALID_DATA version' "$(of_body '.rejected[0] | "\(.code) \(.field)"')"
expect 'is undone' "$(device_rows tablet)" "$(device_rows phone)"

# Deleted softly by a device, and by the application.
device_write phone "$(change 5 delete $one)"
device_sync phone "$token"
device_sync tablet "$token"
expect 'deleted on both' "posts/$two slug=second title=Second version=0" "$(device_rows tablet)"
expect 'and there for the application' $'1\t0' "$(sql 'SELECT SUM(deleted_at IS NOT NULL), SUM(updated_at < created_at) FROM posts')"
device_write tablet "$(change 6 create 00000000-0000-4000-8000-000000000003 '{title: "First again"}')"
device_sync tablet "$token"
expect 'its slug is taken' 'INVALID_DATA another row has this value already, perhaps one that is deleted and keeps it' \
    "$(of_body '.rejected[0] | "\(.code) \(.message)"')"
device_write tablet "$(change 7 create $one '{title: "First"}')"
device_sync tablet "$token"
device_sync phone "$token"
expect 'brought back' "posts/$one slug=first title=First version=3
posts/$two slug=second title=Second version=0" "$(device_rows phone)"
expect 'on both devices' "$(device_rows phone)" "$(device_rows tablet)"
expect 'in the row that was there' 2 "$(sql 'SELECT COUNT(*) FROM posts')"

# The application's own statements work as before.
expect_true 'an INSERT without the new column' admin_sql 'INSERT INTO posts (user_id, title, kind, created_at, updated_at) VALUES (7, "by the application", "list", NOW(), NOW())'

"$MOBYNC_BIN" explain -c "$dir/e2e.yaml" --owner 7 --model posts --id $one >"$work/out"
expect_true 'explain tells what the database set' grep -qE '^version +3 +.* same +the only one that set it' "$work/out"
"$MOBYNC_BIN" pull -c "$dir/e2e.yaml" --owner 7 --clock 0 >"$work/out"
expect 'pull shows what a new device gets, the application'"'"'s row with it' 3 "$(grep -c 'create.*version=[03]' "$work/out")"
finish
