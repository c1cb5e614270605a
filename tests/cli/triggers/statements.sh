# shellcheck shell=sh disable=SC2154 # triggers.sh
# What each statement leaves in the outbox, in the session that triggers.sh chooses. Every table is
# empty before and after.

# Statements, with keys that are texts.
told "a row" "INSERT INTO notes (id, owner, title) VALUES ('n:1%', 'ann', 'x')" <<END
I notes ann n:1%
END
told "several rows, one of nobody" "INSERT INTO notes (id, owner) VALUES ('n2', 'ann'), ('n3', NULL), ('n4', ''), ('n5', 'bob')" <<END
I notes ann n2
I notes bob n5
END
told "an id and an owner that devices cannot have" "INSERT INTO notes (id, owner) VALUES
    (REPEAT('i', 129), 'ann'), (REPEAT('i', 128), 'ann'), ('n6', REPEAT('o', 129))" <<END
I notes ann $(printf '%0128d' 0 | tr 0 i)
END
told "case and spaces at the end" "UPDATE notes SET title = 'X' WHERE id = 'n:1%';
    UPDATE notes SET title = 'X ' WHERE id = 'n:1%'" <<END
U notes ann n:1% title
U notes ann n:1% title
END
told "values as they are" "UPDATE notes SET title = title, score = score WHERE id = 'n:1%';
    UPDATE notes SET title = 'X ' WHERE id = 'n:1%'; UPDATE notes SET hidden = 5 WHERE id = 'n:1%'" <<END
END
told "every type" "UPDATE notes SET body = 'b', data = '{\"a\": 1}', score = 1.5, price = 2.5, at = '2026-01-01',
    day = '2026-01-01', flag = 1, kind = 'b', bytes = x'00', \`it's;\` = 5 WHERE id = 'n:1%'" <<END
U notes ann n:1% body,data,score,price,at,day,flag,kind,bytes,twice,it's;
END
told "every type as it is" "UPDATE notes SET body = 'b', data = '{\"a\": 1}', score = 1.5, price = 2.5, at = '2026-01-01',
    day = '2026-01-01', flag = 1, kind = 'b', bytes = x'00', \`it's;\` = 5 WHERE id = 'n:1%'" <<END
END
told "and NULL again" "UPDATE notes SET body = NULL, data = '{\"a\":1}', bytes = x'0000', flag = NULL WHERE id = 'n:1%'" <<END
U notes ann n:1% body,data,flag,bytes
END
told "two hours of one clock" "SET time_zone = '+00:00';
    UPDATE notes SET at = '2026-10-25 00:30:00', other = '2026-10-25 01:30:00' WHERE id = 'n:1%';
    SET time_zone = 'SYSTEM'; UPDATE notes SET at = other WHERE id = 'n:1%'" <<END
U notes ann n:1% at,other
U notes ann n:1% at
END
told "another owner" "UPDATE notes SET owner = 'Ann', title = 'y' WHERE id = 'n:1%'" <<END
D notes ann n:1%
I notes Ann n:1%
END
told "nobody" "UPDATE notes SET owner = NULL WHERE id = 'n:1%'; UPDATE notes SET title = 'z' WHERE id = 'n:1%';
    UPDATE notes SET owner = 'ann' WHERE id = 'n:1%'" <<END
D notes Ann n:1%
I notes ann n:1%
END
told "another id" "UPDATE notes SET id = 'N:1%' WHERE id = 'n:1%'; UPDATE notes SET id = 'm' WHERE id = 'n:1%'" <<END
D notes ann n:1%
I notes ann N:1%
D notes ann N:1%
I notes ann m
END
told "REPLACE and ON DUPLICATE KEY" "REPLACE INTO notes (id, owner, title) VALUES ('m', 'ann', 'r');
    INSERT INTO notes (id, owner) VALUES ('m', 'ann') ON DUPLICATE KEY UPDATE title = 's';
    INSERT INTO notes (id, owner) VALUES ('m', 'ann') ON DUPLICATE KEY UPDATE title = 's';
    INSERT IGNORE INTO notes (id, owner) VALUES ('m', 'ann')" <<END
D notes ann m
I notes ann m
U notes ann m title
END
printf 'l1\tann\nl2\tbob\n' >"$dir/rows"
told "LOAD DATA" "LOAD DATA INFILE '$dir/rows' INTO TABLE notes (id, owner)" <<END
I notes ann l1
I notes bob l2
END
told "rolled back" "BEGIN; INSERT INTO notes (id, owner) VALUES ('x', 'ann'); UPDATE notes SET title = 'no'; ROLLBACK" <<END
END
told "in part" "BEGIN; SAVEPOINT s; INSERT INTO notes (id, owner) VALUES ('x', 'ann'); ROLLBACK TO s;
    INSERT INTO notes (id, owner) VALUES ('y', 'ann'); COMMIT" <<END
I notes ann y
END
told "deleted" "DELETE FROM notes WHERE id IN ('m', 'y', 'l1', 'n3') ORDER BY id" <<END
D notes ann l1
D notes ann m
D notes ann y
END
told "several tables" "INSERT INTO codes VALUES ('c', 'bob', 'a'); DELETE notes, codes FROM notes JOIN codes ON codes.owner = notes.owner
    WHERE notes.id = 'l2'" <<END
I codes bob c
D notes bob l2
D codes bob c
END
told "the rest" "DELETE FROM notes WHERE owner = 'bob'; DELETE FROM notes WHERE CHAR_LENGTH(id) = 129; SET @mobync_own = 'notes'; DELETE FROM notes" <<END
D notes bob n5
END

# The time is the same hour after hour.
told "the time" "SET time_zone = 'SYSTEM', timestamp = 1792891800.25; INSERT INTO tasks (id, owner) VALUES (1792891800, 0);
    SET timestamp = 1792895400.25; INSERT INTO tasks (id, owner) VALUES (1792895400, 0); SET timestamp = DEFAULT;
    UPDATE mobync_changes SET fields = ms" <<END
I tasks 0 1792891800 1792891800250
I tasks 0 1792895400 1792895400250
END
told "those gone" "DELETE FROM tasks" <<END
D tasks 0 1792891800
D tasks 0 1792895400
END

# Keys of each type.
told "CHAR" "INSERT INTO codes VALUES ('c 1 ', 'ann ', 'x'); UPDATE codes SET name = 'X'; DELETE FROM codes" <<END
I codes ann c 1
U codes ann c 1 *
D codes ann c 1
END
told "integers" "INSERT INTO counters VALUES (7, 0, 1), (9223372036854775807, 65535, 1); UPDATE counters SET n = 2 WHERE id = 7; DELETE FROM counters ORDER BY id" <<END
I counters 0 7
I counters 65535 9223372036854775807
U counters 0 7 n
D counters 0 7
D counters 65535 9223372036854775807
END
told "BINARY(16)" "INSERT INTO docs VALUES (x'0123456789ABCDEF0123456789ABCDEF', x'FF000000000000000000000000000000', 'x');
    UPDATE docs SET name = 'y'; DELETE FROM docs" <<END
I docs ff000000-0000-0000-0000-000000000000 01234567-89ab-cdef-0123-456789abcdef
U docs ff000000-0000-0000-0000-000000000000 01234567-89ab-cdef-0123-456789abcdef name
D docs ff000000-0000-0000-0000-000000000000 01234567-89ab-cdef-0123-456789abcdef
END
told "UUID and CHAR(36)" "INSERT INTO items VALUES ('01234567-89AB-4DEF-8123-456789ABCDEF', 'FF000000-0000-0000-0000-000000000000', 'x');
    UPDATE items SET name = 'y'; DELETE FROM items" <<END
I items ff000000-0000-0000-0000-000000000000 01234567-89ab-4def-8123-456789abcdef
U items ff000000-0000-0000-0000-000000000000 01234567-89ab-4def-8123-456789abcdef name
D items ff000000-0000-0000-0000-000000000000 01234567-89ab-4def-8123-456789abcdef
END
told "CHAR(32)" "INSERT INTO members VALUES ('0123456789AB4DEF8123456789abcdef', 'ff000000000000000000000000000000', 'x'), ('none', 'nobody', 'x');
    UPDATE members SET name = 'y' WHERE id <> 'none'; DELETE FROM members ORDER BY id" <<END
I members ff000000-0000-0000-0000-000000000000 01234567-89ab-4def-8123-456789abcdef
I members nobody none
U members ff000000-0000-0000-0000-000000000000 01234567-89ab-4def-8123-456789abcdef name
D members ff000000-0000-0000-0000-000000000000 01234567-89ab-4def-8123-456789abcdef
D members nobody none
END

# Several columns, one of which holds another key than the wire.
told "ids of several columns" "INSERT INTO projects VALUES (1, UNHEX(REPEAT('0a', 16)), 5, 'p'), (2, UNHEX(REPEAT('0b', 16)), 5, 'q');
    INSERT INTO tags VALUES (1, 'a:b%c', 5, NULL); INSERT INTO marks VALUES (1, -3, 5, NULL), (2, 4, 6, NULL);
    UPDATE tags SET note = 'n'; UPDATE tags SET tag = 'A:b%c'; UPDATE tags SET project_id = 2" <<END
I projects 5 0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a
I projects 5 0b0b0b0b-0b0b-0b0b-0b0b-0b0b0b0b0b0b
I tags 5 0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a:a%3Ab%25c
I marks 5 0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a:-3
R marks 6 -
U tags 5 0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a:a%3Ab%25c note
D tags 5 0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a:a%3Ab%25c
I tags 5 0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a:A%3Ab%25c
D tags 5 0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a:A%3Ab%25c
I tags 5 0b0b0b0b-0b0b-0b0b-0b0b-0b0b0b0b0b0b:A%3Ab%25c
END
told "a parent's id" "UPDATE projects SET uuid = UNHEX(REPEAT('0c', 16)) WHERE id = 2" <<END
D projects 5 0b0b0b0b-0b0b-0b0b-0b0b-0b0b0b0b0b0b
R tags 5 -
R marks 5 -
I projects 5 0c0c0c0c-0c0c-0c0c-0c0c-0c0c0c0c0c0c
R tags 5 -
R marks 5 -
END
told "a cascade, and children of nobody" "DELETE FROM projects WHERE id = 2; DELETE FROM projects; DELETE FROM marks WHERE n = -3; DELETE FROM marks" <<END
R tags 5 -
D projects 5 0c0c0c0c-0c0c-0c0c-0c0c-0c0c0c0c0c0c
D projects 5 0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a
R marks 5 -
R marks 6 -
END

# Soft deletes.
told "soft deletes by time" "INSERT INTO tasks (id, owner) VALUES (1, 5), (2, 5); INSERT INTO tasks (id, owner, deleted_at) VALUES (3, 5, NOW());
    UPDATE tasks SET deleted_at = NOW() WHERE id = 1; UPDATE tasks SET title = 't', deleted_at = '2020-01-01' WHERE id = 1;
    UPDATE tasks SET owner = 6 WHERE id = 1; UPDATE tasks SET deleted_at = NULL WHERE id = 1;
    UPDATE tasks SET owner = 7, deleted_at = NOW() WHERE id = 1; DELETE FROM tasks ORDER BY id" <<END
I tasks 5 1
I tasks 5 2
D tasks 5 1
I tasks 6 1
D tasks 6 1
D tasks 5 2
END
told "soft deletes by flag, and what the app's triggers write" "INSERT INTO lists (id, owner) VALUES (1, 5); UPDATE lists SET gone = TRUE;
    UPDATE lists SET name = 'x'; UPDATE lists SET gone = 0; UPDATE lists SET name = 'y'; DELETE FROM lists;
    UPDATE mobync_changes SET object_id = 'log' WHERE model = 'logs'; SET @mobync_own = 'logs'; TRUNCATE logs" <<END
I lists 5 1
I logs 5 log
D lists 5 1
I logs 5 log
I logs 5 log
I lists 5 1
I logs 5 log
U lists 5 1 name
D lists 5 1
END

# The server's own writes are marked with their model.
told "own writes" "SET @mobync_own = 'lists'; INSERT INTO lists (id, owner) VALUES (1, 5); UPDATE lists SET name = 'x';
    SET @mobync_own = 'LISTS'; UPDATE lists SET name = 'y'; SET @mobync_own = NULL; DELETE FROM lists;
    UPDATE mobync_changes SET object_id = 'log' WHERE model = 'logs'; SET @mobync_own = 'logs'; TRUNCATE logs" <<END
I logs 5 log own
I logs 5 log own
U lists 5 1 own name
D lists 5 1
END

# What the database itself takes along.
told "a tree" "SET @mobync_own = 'folders'; INSERT INTO folders VALUES (1, 5, NULL), (2, 5, 1), (3, 5, 2), (4, 6, 3), (9, 5, NULL);
    SET @mobync_own = 'files'; INSERT INTO files VALUES (1, 5, 3), (2, 7, 4); SET @mobync_own = NULL;
    DELETE FROM folders WHERE id = 9; DELETE FROM folders WHERE id = 1; DELETE FROM files WHERE id = 2; DELETE FROM files" <<END
D folders 5 9
R files 5 -
R files 7 -
R folders 5 -
R folders 6 -
D folders 5 1
D files 7 2
D files 5 1
END
told "own deletes of parents" "SET @mobync_own = 'folders'; INSERT INTO folders VALUES (1, 5, NULL), (2, 5, 1); DELETE FROM folders WHERE id = 1" <<END
END
told "parents that are not mapped" "INSERT INTO shops VALUES (1, NULL), (2, 1); INSERT INTO shelves VALUES (1, 2);
    SET @mobync_own = 'goods'; INSERT INTO goods VALUES (1, 5, 1, NULL), (2, 6, 1, NULL), (3, 7, 1, NOW()); SET @mobync_own = NULL;
    BEGIN; DELETE FROM shelves; ROLLBACK; DELETE FROM shops WHERE id = 1; DELETE FROM shops" <<END
R goods 5 -
R goods 6 -
END
# A server may parse again what reads the child.
told "a child that is altered" "SET @mobync_own = 'goods'; INSERT INTO shops VALUES (1, NULL), (2, NULL), (3, NULL);
    INSERT INTO shelves VALUES (1, 1), (2, 2), (3, 3); INSERT INTO goods VALUES (1, 5, 1, NULL), (2, 6, 2, NULL), (3, 7, 3, NULL);
    SET @mobync_own = NULL; DELETE FROM shops WHERE id = 1; ALTER TABLE goods ADD extra INT; DELETE FROM shops WHERE id = 2;
    ALTER TABLE goods DROP extra; DELETE FROM shops" <<END
R goods 5 -
R goods 6 -
R goods 7 -
END
told "keys that change" "INSERT INTO users VALUES ('ann'), ('bob'); INSERT INTO letters VALUES (1, 'ann', NULL);
    UPDATE users SET name = 'eve' WHERE name = 'bob'; UPDATE users SET name = 'Ann' WHERE name = 'ann';
    SET @mobync_own = 'letters'; DELETE FROM users" <<END
I letters ann 1
R letters eve -
R letters ann -
R letters Ann -
R letters Ann - own
END
