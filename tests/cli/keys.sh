#!/bin/sh
# A table that the database numbers, from its mapping to a synchronized row, by the command line:
# check says what is missing, schema adds it, and the application's own statements go on as before.
# usage: keys.sh MOBYNC
set -u
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/cli/mariadb.sh
. "$(dirname "$0")/mariadb.sh"

cat >"$dir/mobync.yaml" <<YAML
listen: unix:$dir/mobync.sock
database:
  socket: $socket
  user: mobync
  name: app
auth:
  tokens: {}
models:
  - name: projects
    id: { column: sync_id, type: uuid }
    owner: { column: user_id, type: integer }
    fields:
      - { name: name, type: string, max_length: 40 }
      - { name: above, column: parent_id, type: reference, to: projects }
  - name: members
    id:
      columns:
        - { column: project_id, type: reference, to: projects }
        - { column: person, type: integer }
    owner: { column: user_id, type: integer }
    fields:
      - { name: role, type: string, max_length: 20 }
YAML
config="-c $dir/mobync.yaml"

sql "USE app; SET NAMES utf8mb4;
     CREATE TABLE projects (id INT AUTO_INCREMENT PRIMARY KEY, user_id INT NOT NULL,
                            name VARCHAR(40) CHARACTER SET utf8mb4, parent_id INT,
                            FOREIGN KEY (parent_id) REFERENCES projects (id));
     CREATE TABLE members (project_id INT NOT NULL, person INT NOT NULL, user_id INT NOT NULL,
                           role VARCHAR(20) CHARACTER SET utf8mb4, PRIMARY KEY (project_id, person),
                           FOREIGN KEY (project_id) REFERENCES projects (id));
     INSERT INTO projects (user_id, name, parent_id) VALUES (42, 'root', NULL), (42, 'child', 1), (7, 'other', NULL);
     INSERT INTO members VALUES (2, 5, 42, 'author')"

# shellcheck disable=SC2086
{
    run 1 check $config
    says out "column .projects.\..sync_id. does not exist"
    run 0 schema $config
    says out 'ADD COLUMN `sync_id` CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL'
    says out 'ALTER COLUMN `sync_id` SET DEFAULT (UUID())'
    says out 'UPDATE `projects` SET `sync_id` = UUID() WHERE `sync_id` IS NULL'
    run 0 schema --apply $config
    run 0 check $config
    run 0 schema $config
    says err "nothing is needed"
}

sql "INSERT INTO app.projects (user_id, name, parent_id) VALUES (42, 'grandchild', 2)"
[ "$(sql 'SELECT COUNT(DISTINCT sync_id) FROM app.projects')" = 4 ] || fault "an id for every row"
# Nobody is explained who has never synchronized.
sql "INSERT INTO app.mobync_owners (owner, next_clock) VALUES ('42', 1), ('alice', 1)"
root=$(sql "SELECT sync_id FROM app.projects WHERE name = 'root'")
child=$(sql "SELECT sync_id FROM app.projects WHERE name = 'child'")
other=$(sql "SELECT sync_id FROM app.projects WHERE name = 'other'")

# shellcheck disable=SC2086
{
    run 0 explain --owner 42 --model projects --id "$child" --json $config
    says out "\"name\":\"above\",\"settings\":0,\"row\":\"$root\""
    run 0 explain --owner 42 --model members --id "$child:5" --json $config
    says out '"row":"author"'
    run 0 explain --owner 42 --model projects --id "$other" --json $config
    says out '"row":false'
    run 0 explain --owner alice --model projects --id "$child" --json $config
    says out '"row":false'
    run 0 explain --owner 42 --model members --id "$child:05" --json $config
    says out '"row":false'
    run 0 pull --owner 42 --clock 0 --json $config
}
finish
