#!/usr/bin/env bash
# Every rule of the wire of WatermelonDB and of RxDB, one after the other, as their clients send it:
# watermelon.py, rxdb.py. Their own clients run in tests/interop.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
mkdir "$work/s"
sed "s|@DIR@|$work/s|" "$root/tests/e2e/engines.yaml.in" >"$work/s/e2e.yaml"
own_stack
admin_sql 'ALTER TABLE tasks ADD FOREIGN KEY (owner_id, project_id) REFERENCES projects (owner_id, id)'
# A worker reads the keys when it connects.
workers=$(worker_pids)
kill -s HUP "$(serve_pid)"
wait_until 20 workers_are_others_than "$workers" || expect 'serve has reloaded' '' "$workers"
expect_true 'WatermelonDB' /usr/bin/python3 "$root/tests/e2e/watermelon.py" "$dir" "$(stack_port)"
expect_true 'RxDB' /usr/bin/python3 "$root/tests/e2e/rxdb.py" "$dir" "$(stack_port)"
finish
