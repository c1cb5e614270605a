INSERT INTO lists (owner_id, id, name) VALUES ('B0b', 'web', 'Web');
INSERT INTO items (owner_id, id, list_id, text, done) VALUES ('B0b', 'w1', 'web', 'From the web', 1);
SELECT i.text, i.done, l.name FROM items i JOIN lists l ON l.owner_id = i.owner_id AND l.id = i.list_id
WHERE i.owner_id = 'B0b' AND i.id = 'w1';
DELETE FROM items WHERE owner_id = 'B0b' AND id = 'w1';
DELETE FROM lists WHERE owner_id = 'B0b' AND id = 'web';
SELECT COUNT(*) FROM items WHERE owner_id = 'B0b';
