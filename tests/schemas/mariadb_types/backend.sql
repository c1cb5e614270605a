INSERT INTO workouts (account_id, title, started_at) VALUES ('6e0b2f5a-0000-4000-8000-000000000002', 'Web', '2024-07-01 10:00:00');
SELECT title, title_key, revision, seconds, LENGTH(id) FROM workouts WHERE account_id = '6e0b2f5a-0000-4000-8000-000000000002' AND title = 'Web';
UPDATE workouts SET ended_at = '2024-07-01 10:10:00', revision = revision + 1 WHERE title = 'Web';
INSERT INTO laps (account_id, workout_id, number, duration, place)
SELECT account_id, id, 1, '00:10:00', POINT(1, 2) FROM workouts WHERE title = 'Web';
SELECT w.seconds, w.revision, l.duration, ST_AsText(l.place) FROM workouts w JOIN laps l ON l.workout_id = w.id WHERE w.title = 'Web';
DELETE FROM workouts WHERE title = 'Web';
SELECT COUNT(*) FROM laps WHERE account_id = '6e0b2f5a-0000-4000-8000-000000000002';
