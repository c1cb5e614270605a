#!/usr/bin/env bash
# Owners are isolated, under both values of rejected_diffs: walls.py asks about what somebody else
# has and about what nobody has, and compares.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# walls MODE: on a stack of its own
walls() {
    mkdir "$work/s"
    e2e_config "$work/s" | sed -e "s|fail_sync|$1|; s|^models:|models:\n  - name: notes\n    fields:\n      - { name: task, type: string, max_length: 128 }\n  - name: guarded\n    allow: [create, update]\n    validate: may_write\n    fields:\n      - { name: line, type: string, max_length: 128 }|" >"$work/s/e2e.yaml.whole"
    sed '/validate:/d' "$work/s/e2e.yaml.whole" >"$work/s/e2e.yaml"
    own_stack
    sql 'ALTER TABLE notes MODIFY task VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
             ADD FOREIGN KEY (owner_id, task) REFERENCES tasks (owner_id, id);
         ALTER TABLE tasks ADD CONSTRAINT no_negative CHECK (priority >= 0);'
    sql "CREATE FUNCTION may_write(o VARCHAR(128), t VARCHAR(16), j LONGTEXT) RETURNS BOOLEAN
         DETERMINISTIC RETURN j NOT LIKE '%forbidden%'"
    cp "$work/s/e2e.yaml.whole" "$work/s/e2e.yaml"
    before=$(worker_pids)
    kill -s HUP "$(serve_pid)"
    expect_true "$1: the config is taken" wait_until 30 workers_are_others_than "$before"
    expect_true "$1: walls" /usr/bin/python3 "$root/tests/e2e/walls.py" "$dir" "$(stack_port)" "$1"
    check_logs
    "$root/scripts/down" --dir "$dir" >/dev/null
    rm -rf "$dir"
}

walls fail_sync
walls quarantine
dir=
finish
