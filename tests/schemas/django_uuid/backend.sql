INSERT INTO `todo_list` (`id`, `title`, `created`, `owner_id`, `parent_id`)
VALUES ('2d1f7a6411114222833344445555666c', 'Web', '2024-07-01 10:00:00.123456', 'b0b0b0b0111142228333444455556666', NULL);
INSERT INTO `todo_item` (`id`, `text`, `done`, `calendar_uuid`, `checksum`, `list_id`, `owner_id`)
VALUES ('3d1f7a6411114222833344445555666c', 'Mint', 0, NULL, NULL, '2d1f7a6411114222833344445555666c', 'b0b0b0b0111142228333444455556666');
SELECT i.text, l.title, u.username FROM todo_item i JOIN todo_list l ON l.id = i.list_id
JOIN accounts_user u ON u.id = i.owner_id WHERE i.id = '3d1f7a6411114222833344445555666c';
DELETE FROM todo_item WHERE id = '3d1f7a6411114222833344445555666c';
DELETE FROM todo_list WHERE id = '2d1f7a6411114222833344445555666c';
SELECT COUNT(*) FROM todo_item WHERE owner_id = 'b0b0b0b0111142228333444455556666';
SELECT COUNT(*) FROM (SELECT id FROM todo_list UNION ALL SELECT id FROM todo_item
  UNION ALL SELECT calendar_uuid FROM todo_item WHERE calendar_uuid IS NOT NULL) t WHERE id NOT RLIKE '^[0-9a-f]{32}$';
