-- What Eloquent sends: inserts with both timestamps, eager loading, sync() of a pivot, a soft delete
-- and the cascade of a user who leaves.
INSERT INTO users (name, email, password, updated_at, created_at)
VALUES ('Carol', 'carol@example.org', 'x', '2024-07-01 10:00:00', '2024-07-01 10:00:00');
SET @carol = LAST_INSERT_ID();
INSERT INTO projects (name, user_id, updated_at, created_at) VALUES ('Carol''s', @carol, '2024-07-01 10:00:00', '2024-07-01 10:00:00');
SET @project = LAST_INSERT_ID();
INSERT INTO tasks (title, project_id, user_id, updated_at, created_at)
VALUES ('One', @project, @carol, '2024-07-01 10:00:00', '2024-07-01 10:00:00');
SET @task = LAST_INSERT_ID();
INSERT INTO tags (name, user_id) VALUES ('c', @carol);
INSERT INTO tag_task (tag_id, task_id) VALUES (LAST_INSERT_ID(), @task);
SELECT t.title, t.is_done, t.priority, p.name FROM tasks t JOIN projects p ON p.id = t.project_id
WHERE t.user_id = @carol AND t.deleted_at IS NULL AND p.deleted_at IS NULL;
UPDATE tasks SET deleted_at = '2024-07-02 10:00:00', updated_at = '2024-07-02 10:00:00' WHERE id = @task;
SELECT COUNT(*) FROM tasks WHERE user_id = @carol AND deleted_at IS NULL;
DELETE FROM users WHERE id = @carol;
SELECT (SELECT COUNT(*) FROM projects WHERE user_id = @carol) + (SELECT COUNT(*) FROM tasks WHERE user_id = @carol)
    + (SELECT COUNT(*) FROM tag_task WHERE task_id = @task);
