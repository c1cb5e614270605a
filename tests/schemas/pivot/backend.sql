INSERT INTO settings (user_id, name, value) VALUES (2, 'lang', 'de') ON DUPLICATE KEY UPDATE value = VALUES(value);
REPLACE INTO settings (user_id, name, value) VALUES (2, 'lang', 'en');
INSERT IGNORE INTO subscriptions (topic_id, user_id) VALUES (3, 2), (3, 2);
INSERT INTO votes (user_id, topic_id, option_key) VALUES (2, 3, 'yes');
INSERT IGNORE INTO follows (user_id, topic_id) VALUES (2, 1), (2, 4);
SELECT t.name FROM follows f JOIN topics t ON t.id = f.topic_id WHERE f.user_id = 2 ORDER BY t.id;
SELECT s.value, t.name, v.weight FROM settings s JOIN votes v USING (user_id) JOIN topics t ON t.id = v.topic_id
WHERE s.user_id = 2 AND s.name = 'lang' ORDER BY t.id;
DELETE v FROM votes v WHERE v.user_id = 2 AND v.topic_id = 3;
SELECT COUNT(*) FROM subscriptions WHERE user_id = 2;
