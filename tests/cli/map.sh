#!/bin/sh
# mobync map on a private MariaDB: what it prints is a config that check passes, and what it cannot
# map is a comment with the reason. tests/schemas has whole schemas.
# usage: map.sh MOBYNC
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
  tokens: {}
END
config="-c $dir/mobync.yaml"
key="VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL"

# Nothing but the server's own tables.
# shellcheck disable=SC2086
{
    run 1 map --all $config
    silent out
    says err "^mobync map: no table could be mapped\$"
    run 1 check $config
    says out "models is missing"
}

sql "USE app; SET NAMES utf8mb4;
     CREATE TABLE tasks (id $key, user_id $key, author_id $key, title VARCHAR(80) CHARACTER SET utf8mb4 NOT NULL,
                         body TEXT CHARACTER SET utf8mb4, done TINYINT(1), rank INT, score DOUBLE, extra JSON,
                         at POINT, twice INT AS (rank * 2), PRIMARY KEY (user_id, id), KEY (id));
     CREATE TABLE locked (id $key, owner $key, name VARCHAR(9) CHARACTER SET utf8mb4, at POINT NOT NULL,
                          PRIMARY KEY (owner, id));
     CREATE TABLE filled (id $key, owner $key, created_at DATETIME NOT NULL,
                          updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
                          seen TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
                          modified INT NOT NULL, lastModified INT UNSIGNED NOT NULL, PRIMARY KEY (owner, id));
     SET explicit_defaults_for_timestamp = OFF;
     CREATE TABLE stamped (id $key, owner $key, seen TIMESTAMP, x INT, PRIMARY KEY (owner, id));
     SET explicit_defaults_for_timestamp = ON;
     CREATE TABLE flagged (id $key, owner $key, x INT, is_deleted BOOLEAN NOT NULL DEFAULT FALSE,
                           PRIMARY KEY (owner, id));
     CREATE TRIGGER \`count #\` BEFORE UPDATE ON flagged FOR EACH ROW SET NEW.x = OLD.x + 1;
     CREATE TRIGGER keep BEFORE DELETE ON flagged FOR EACH ROW SET @kept = OLD.x;
     CREATE TABLE counted (id $key, owner $key, x INT, deletedAt BIGINT, PRIMARY KEY (owner, id));
     CREATE TABLE zeroed (id $key, owner $key, deleted_at BIGINT NOT NULL DEFAULT 0, PRIMARY KEY (owner, id));
     CREATE TABLE orphans (id $key, name VARCHAR(9), PRIMARY KEY (id));
     CREATE TABLE parts (id $key, task_id $key, name VARCHAR(9) CHARACTER SET utf8mb4, PRIMARY KEY (id),
                         FOREIGN KEY (task_id) REFERENCES tasks (id));
     INSERT INTO tasks (id, user_id, author_id, title) VALUES ('t1', 'alice', 'bob', 'x');
     INSERT INTO parts VALUES ('p1', 't1', 'x');
     CREATE TABLE users (id $key, name VARCHAR(9), PRIMARY KEY (id));
     CREATE TABLE migrations (id $key, user_id $key, name VARCHAR(9) CHARACTER SET utf8mb4, PRIMARY KEY (id));
     CREATE TABLE old (id $key, user_id $key, name VARCHAR(9), PRIMARY KEY (id)) ENGINE=MyISAM;
     CREATE TABLE \`a\"b\\ ü\` (\`no\` $key, \`o: #\` INT, userId $key, PRIMARY KEY (\`no\`, userId));
     CREATE TABLE \`line
break\` (id $key, PRIMARY KEY (id));
     CREATE TABLE named (uuid $key, id INT, \`null\` INT, \`Yes\` INT, user_id $key, PRIMARY KEY (uuid));
     CREATE TABLE $(printf 'ü%.0s' $(seq 33)) (id $key, user_id $key, x INT, PRIMARY KEY (id));
     CREATE VIEW all_tasks AS SELECT * FROM tasks"

# shellcheck disable=SC2086
{
    run 0 map tasks $config
    silent err
    cat >"$dir/wanted" <<'END'
models:
  - name: tasks
    table: tasks
    id: id
    owner: user_id
    # or, instead of this owner: author_id
    fields:
      - { name: author_id, type: string, max_length: 64, required: true }
      - { name: title, type: string, max_length: 80, required: true }
      - { name: body, type: string, max_length: 16383 }
      - { name: done, type: boolean }
      - { name: rank, type: integer }
      - { name: score, type: float }
      - { name: extra, type: json }
      # at is not mapped: no type of field holds point.
      - { name: twice, type: integer, read_only: true }
END
    diff "$dir/wanted" "$dir/out" || fault "tasks are mapped otherwise"

    run 0 map filled flagged counted zeroed $config
    cat >"$dir/wanted" <<'END'
models:
  - name: filled
    table: filled
    id: id
    owner: owner
    fields:
      - { name: created_at, type: datetime, read_only: true, default: now }
      - { name: updated_at, type: timestamp, read_only: true, on_update: now }
      - { name: seen, type: timestamp, read_only: true }
      - { name: modified, type: integer, required: true }
      - { name: lastModified, type: integer, read_only: true, default: now_s, on_update: now_s }
  - name: flagged
    table: flagged
    id: id
    owner: owner
    # Devices do not see rows that have is_deleted set, as a delete sets it.
    delete: { column: is_deleted, set: 1 }
    # The trigger `count #` BEFORE UPDATE may set fields: mark those read_only: true.
    fields:
      - { name: x, type: integer }
  - name: counted
    table: counted
    id: id
    owner: owner
    # Devices do not see rows that have deletedAt set, as a delete sets it. If it counts seconds,
    # set now_s.
    delete: { column: deletedAt, set: now_ms }
    fields:
      - { name: x, type: integer }
  - name: zeroed
    table: zeroed
    id: id
    owner: owner
    # Devices do not see rows that have deleted_at set, as a delete sets it. If it counts seconds,
    # set now_s.
    delete: { column: deleted_at, set: now_ms, live: 0 }
    fields: []
END
    diff "$dir/wanted" "$dir/out" || fault "times and soft deletes are mapped otherwise"

    # The first TIMESTAMP of a table as MariaDB before 10.10 and MySQL 5.7 make it: ON UPDATE, which
    # nobody wrote.
    run 0 map stamped $config
    says out "^      - { name: seen, type: timestamp, read_only: true }\$"

    run 0 map locked $config
    says out "# Devices cannot create, because nothing fills at: give it a default"
    says out "^    allow: \[update, delete\]\$"

    run 1 map task $config
    silent out
    says err "^mobync map: table .task. does not exist: did you mean .tasks.?\$"
    run 1 map xyzzy tasks nowhere $config
    silent out
    says err "table .xyzzy. does not exist: --all maps those that do"
    says err "table .nowhere. does not exist"
    run 1 map all_tasks $config
    says err "is a VIEW, but only base tables can be synchronized"
    run 1 map mobync_owners $config
    says err "the server's own table"
    run 1 map orphans $config
    says out "^  # orphans is not mapped: no column looks like the owner's"
    says err "no table could be mapped: the comments say why"
    run 0 map migrations $config
    says out "^  - name: migrations\$"

    run 0 map --all $config
    says out "^  # migrations is not mapped: it looks like a table that the framework"
    says out "^  # old is not mapped: its engine has no transactions"
    says out "^  # users is not mapped: its rows seem to be the owners themselves"
    says out '^  - name: "a\\"b\\\\ ü"$'
    says out '^    id: "no"$'
    says out '^      - { name: "o: #", type: integer }$'
    says out "^  # line?break is not mapped"
    says out "^  # The owner could be that of tasks:\$"
    says out "^      - { name: other_id, column: id, type: integer }\$"
    says out "^      # null is not mapped: the configuration cannot name it.\$"
    says out '^      - { name: "Yes", type: integer }$'
    says out "^  # ü* is not mapped: the\$"
}
cp "$dir/out" "$dir/all"

# The SQL that gives parts an owner works as it stands, for rows to come as well.
sed -n 's/^  #   //p' "$dir/all" >"$dir/owner.sql"
client --user=root app <"$dir/owner.sql" >"$dir/out" 2>"$dir/err" || fault "MariaDB refuses the SQL of a comment"
sql "INSERT INTO app.parts (id, task_id) VALUES ('p2', 't1')"
[ "$(sql "SELECT COUNT(*) FROM app.parts WHERE user_id = 'alice'")" -eq 2 ] || fault "parts lack their owner"
# shellcheck disable=SC2086
{
    run 0 map parts $config
    says out "^    owner: user_id\$"
    sed 1d "$dir/out" >>"$dir/all"
}

# What it prints for the whole database passes check as it stands, and then nothing is left to map.
cat "$dir/all" >>"$dir/mobync.yaml"
# shellcheck disable=SC2086
{
    run 0 schema --apply $config
    run 0 check $config
    run 1 map --all $config
    says out "^  # orphans is not mapped"
    ! grep -q '^  - name\|^models' "$dir/out" || fault "a table is mapped twice"
    run 0 map tasks $config
    says out "^  - name: tasks\$"
    ! grep -q '^models' "$dir/out" || fault "a second key models"
}

# An account that may read nothing of a table.
sql "CREATE USER poor@localhost; GRANT SELECT ON app.tasks TO poor@localhost"
sed 's/user: mobync/user: poor/' "$dir/mobync.yaml" >"$dir/poor.yaml"
run 0 map tasks -c "$dir/poor.yaml"
run 1 map locked -c "$dir/poor.yaml"
says err "GRANT SELECT ON .app.\..locked. TO 'poor'@'localhost'"
finish
