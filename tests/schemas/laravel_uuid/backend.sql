INSERT INTO notebooks (id, user_id, title, updated_at, created_at)
VALUES ('9d111111-2222-7333-8444-555555555555', 2, 'From the web', '2024-07-01 10:00:00', '2024-07-01 10:00:00');
INSERT INTO notes (id, user_id, notebook_id, title, kind, rating) VALUES
    ('9d111111-2222-7333-8444-666666666666', 2, '9d111111-2222-7333-8444-555555555555', 'Web', 'drawing', 9.5);
SELECT n.title, n.kind, n.rating, b.title FROM notes n JOIN notebooks b ON b.id = n.notebook_id
WHERE n.id = '9D111111-2222-7333-8444-666666666666';
DELETE FROM notebooks WHERE id = '9d111111-2222-7333-8444-555555555555';
SELECT COUNT(*) FROM notes WHERE user_id = 2;
