# shellcheck shell=sh disable=SC2154 # triggers.sh
# No statement of the app fails because of what has become of us.
told "before" "INSERT INTO tasks (id, owner, title) VALUES (1, 5, 'a')" <<END
I tasks 5 1
END
sql "ALTER TABLE app.tasks CHANGE title headline VARCHAR(20)"
told "a column has another name" "UPDATE tasks SET headline = 'b'; INSERT INTO tasks (id, owner) VALUES (2, 5); DELETE FROM tasks WHERE id = 2" <<END
U tasks 5 1 *
I tasks 5 2
D tasks 5 2
END
sql "ALTER TABLE app.tasks CHANGE headline title VARCHAR(20), CHANGE owner holder INT NOT NULL"
told "the owner's column has another name" "UPDATE tasks SET title = 'c'; INSERT INTO tasks (id, holder) VALUES (2, 5); DELETE FROM tasks WHERE id = 2" <<END
END
sql "ALTER TABLE app.tasks CHANGE holder owner INT NOT NULL"
told "a child's column has another name" "SET @mobync_own = 'goods'; INSERT INTO shops VALUES (1, NULL); INSERT INTO shelves VALUES (1, 1);
    INSERT INTO goods VALUES (1, 5, 1, NULL); SET @mobync_own = NULL; ALTER TABLE goods CHANGE owner holder INT NOT NULL;
    DELETE FROM shops; ALTER TABLE goods CHANGE holder owner INT NOT NULL" <<END
END
sql "RENAME TABLE app.mobync_changes TO app.away"
client --user=root app --execute="UPDATE tasks SET title = 'd'; INSERT INTO tasks (id, owner) VALUES (2, 5); DELETE FROM tasks WHERE id = 2;
    INSERT INTO folders VALUES (1, 5, NULL), (2, 5, 1); DELETE FROM folders WHERE id = 1" >"$dir/out" 2>"$dir/err" || fault "without the outbox, a statement fails"
sql "RENAME TABLE app.away TO app.mobync_changes"
sql "ALTER TABLE app.mobync_changes MODIFY object_id VARCHAR(1) NOT NULL, ADD extra INT NOT NULL"
client --user=root app --execute="SET sql_mode = 'TRADITIONAL'; INSERT INTO tasks (id, owner) VALUES (22, 5)" >"$dir/out" 2>"$dir/err" ||
    fault "with an outbox that somebody changed, a statement fails"
sql "ALTER TABLE app.mobync_changes MODIFY object_id VARCHAR(128) NOT NULL, DROP extra; DELETE FROM app.mobync_changes; DELETE FROM app.tasks WHERE id = 22;
     DELETE FROM app.mobync_changes"
