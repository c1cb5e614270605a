#!/usr/bin/env bash
# Devices at random on tables with foreign keys, which the database enforces: see foreign_keys.py.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
mkdir "$work/s"
sed "s|@DIR@|$work/s|" "$root/tests/e2e/foreign_keys.yaml.in" >"$work/s/e2e.yaml"
# Left to itself, MySQL 9.7 lets a list in whose parent is not there (docs/databases.md).
[[ ${MOBYNC_TEST_SERVER:-} != mysql ]] || database_options --innodb-native-foreign-keys=ON
own_stack
admin_sql 'ALTER TABLE lists ADD FOREIGN KEY (owner_id, parent_id) REFERENCES lists (owner_id, id);
    ALTER TABLE tasks ADD FOREIGN KEY (owner_id, list_id) REFERENCES lists (owner_id, id)'
# A worker reads the keys when it connects.
workers=$(worker_pids)
kill -s HUP "$(serve_pid)"
wait_until 20 workers_are_others_than "$workers" || expect 'serve has reloaded' '' "$workers"
for seed in 1 13 17; do
    expect_true "devices, seed $seed" python3 "$root/tests/e2e/foreign_keys.py" "$dir" "$(stack_port)" "$seed"
done
finish
