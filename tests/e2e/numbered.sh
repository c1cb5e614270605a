#!/usr/bin/env bash
# Devices at random on tables that the database numbers, adopted with their rows: foreign keys hold
# integers, devices see UUIDs, and owners are the application's users. See foreign_keys.py.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
mkdir "$work/s"
sed "s|@DIR@|$work/s|" "$root/tests/e2e/numbered.yaml.in" >"$work/s/e2e.yaml"
own_stack
# In the place of what scripts/up has made: an application's tables, with rows.
admin_sql 'DROP TABLE tasks; DROP TABLE lists;
    CREATE TABLE lists (id INT AUTO_INCREMENT PRIMARY KEY, user_id INT NOT NULL,
        name VARCHAR(64) CHARACTER SET utf8mb4, parent_id INT,
        FOREIGN KEY (parent_id) REFERENCES lists (id));
    CREATE TABLE tasks (id INT AUTO_INCREMENT PRIMARY KEY, user_id INT NOT NULL,
        name VARCHAR(64) CHARACTER SET utf8mb4, list_id INT,
        FOREIGN KEY (list_id) REFERENCES lists (id));
    INSERT INTO lists (user_id, name, parent_id) VALUES (5, "old", NULL), (5, "older", 1)'
"$MOBYNC_BIN" schema --apply -c "$dir/e2e.yaml" >"$work/out" 2>&1 || expect 'schema --apply' '' "$(<"$work/out")"
"$MOBYNC_BIN" check -c "$dir/e2e.yaml" >"$work/out" 2>&1 || expect 'check' '' "$(<"$work/out")"
# A worker reads columns and keys when it connects.
workers=$(worker_pids)
kill -s HUP "$(serve_pid)"
wait_until 20 workers_are_others_than "$workers" || expect 'serve has reloaded' '' "$workers"
for seed in 1 13 17; do
    expect_true "devices, seed $seed" \
        python3 "$root/tests/e2e/foreign_keys.py" "$dir" "$(stack_port)" "$seed" numbered
done
expect 'the rows that were there have ids' 2 \
    "$(admin_sql 'SELECT COUNT(DISTINCT sync_id) FROM lists WHERE user_id = 5' | tail -1)"
# The application's own INSERT, which does not know of the second column.
admin_sql 'INSERT INTO tasks (user_id, name, list_id) VALUES (5, "new", 2)'
expect 'no row lacks its id' 0 "$(admin_sql 'SELECT COUNT(*) FROM tasks WHERE sync_id IS NULL' | tail -1)"
finish
