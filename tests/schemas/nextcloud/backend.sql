INSERT INTO oc_deck_boards (title, owner, color) VALUES ('Team', 'Bob', 'aabbcc');
SET @board = LAST_INSERT_ID();
INSERT INTO oc_deck_stacks (title, board_id, `order`) VALUES ('First', @board, 999);
SET @stack = LAST_INSERT_ID();
INSERT INTO oc_deck_cards (title, stack_id, owner, type, `order`, duedate, last_modified, created_at)
VALUES ('Card', @stack, 'Bob', 'plain', 999, '2024-07-01 10:00:00', 1719828000, 1719828000);
INSERT INTO oc_preferences (userid, appid, configkey, configvalue) VALUES ('Bob', 'deck', 'cardDetailsInModal', 'yes');
SELECT c.title, c.archived, c.duedate, s.title, b.title FROM oc_deck_cards c JOIN oc_deck_stacks s ON s.id = c.stack_id
JOIN oc_deck_boards b ON b.id = s.board_id WHERE b.id = @board AND c.deleted_at = 0;
UPDATE oc_preferences SET configvalue = 'no' WHERE userid = 'Bob' AND appid = 'deck' AND configkey = 'cardDetailsInModal';
SELECT configvalue FROM oc_preferences WHERE userid = 'Bob' ORDER BY appid;
