-- Active Record: explicit timestamps, optimistic locking, a sum over the association.
INSERT INTO trips (user_id, name, starts_on, ends_on, public, preferences, created_at, updated_at)
VALUES (2, 'Bergen', '2024-08-01', NULL, 1, '{}', '2024-07-01 10:00:00.123456', '2024-07-01 10:00:00.123456');
SET @trip = LAST_INSERT_ID();
INSERT INTO expenses (user_id, trip_id, description, amount, spent_at, created_at, updated_at)
VALUES (2, @trip, 'Bus', 4.5, '2024-08-01 08:00:00', NOW(6), NOW(6)), (2, @trip, 'Hotel', 120.25, NULL, NOW(6), NOW(6));
UPDATE trips SET name = 'Bergen!', lock_version = 1, updated_at = NOW(6) WHERE id = @trip AND lock_version = 0;
SELECT t.name, t.lock_version, t.created_at, SUM(e.amount) FROM trips t JOIN expenses e ON e.trip_id = t.id
WHERE t.id = @trip GROUP BY t.id;
DELETE FROM expenses WHERE trip_id = @trip;
DELETE FROM trips WHERE id = @trip;
SELECT COUNT(*) FROM trips WHERE user_id = 2;
