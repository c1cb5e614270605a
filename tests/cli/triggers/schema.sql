SET NAMES utf8mb4;
-- Texts, in collations that take one for another.
CREATE TABLE notes (
    id VARCHAR(200) COLLATE utf8mb4_general_ci PRIMARY KEY,
    owner VARCHAR(300) COLLATE utf8mb4_unicode_ci,
    title VARCHAR(50) COLLATE utf8mb4_unicode_ci,
    body LONGTEXT CHARACTER SET latin1,
    data JSON,
    score FLOAT,
    price DECIMAL(10, 2),
    at TIMESTAMP NULL,
    other TIMESTAMP NULL,
    day DATE,
    flag BIT(1),
    kind ENUM('a', 'b'),
    bytes VARBINARY(20),
    twice INT AS (score * 2) VIRTUAL,
    `it's;` INT,
    hidden INT
);
CREATE TABLE codes (id CHAR(10) PRIMARY KEY, owner CHAR(10) CHARACTER SET latin1 NOT NULL, name VARCHAR(20));
CREATE TABLE counters (id BIGINT(12) UNSIGNED ZEROFILL PRIMARY KEY, owner SMALLINT UNSIGNED NOT NULL, n INT);
CREATE TABLE docs (id BINARY(16) PRIMARY KEY, owner BINARY(16) NOT NULL, name VARCHAR(20));
CREATE TABLE items (id UUID PRIMARY KEY, owner CHAR(36) CHARACTER SET ascii NOT NULL, name VARCHAR(20));
CREATE TABLE members (id CHAR(32) PRIMARY KEY, owner CHAR(32) CHARACTER SET ascii NOT NULL, name VARCHAR(20));
-- Devices do not know what tells the database its rows apart.
CREATE TABLE projects (
    id INT AUTO_INCREMENT PRIMARY KEY,
    uuid BINARY(16) NOT NULL UNIQUE,
    owner INT NOT NULL,
    name VARCHAR(20)
);
CREATE TABLE tags (
    project_id INT NOT NULL,
    tag VARCHAR(30) COLLATE utf8mb4_unicode_ci NOT NULL,
    owner INT NOT NULL,
    note VARCHAR(20),
    PRIMARY KEY (project_id, tag),
    FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE
);
-- The same without a foreign key.
CREATE TABLE marks (
    project_id INT NOT NULL,
    n TINYINT NOT NULL,
    owner INT NOT NULL,
    note VARCHAR(20),
    PRIMARY KEY (project_id, n)
);
CREATE TABLE tasks (
    id INT PRIMARY KEY,
    owner INT NOT NULL,
    title VARCHAR(20),
    state VARCHAR(10) NOT NULL DEFAULT 'new',
    deleted_at DATETIME NULL
);
CREATE TABLE lists (id INT PRIMARY KEY, owner INT NOT NULL, name VARCHAR(20), gone BOOLEAN NOT NULL DEFAULT FALSE);
-- A tree, and what hangs on it.
CREATE TABLE folders (
    id INT PRIMARY KEY,
    owner INT NOT NULL,
    parent INT NULL,
    FOREIGN KEY (parent) REFERENCES folders (id) ON DELETE CASCADE
);
CREATE TABLE files (
    id INT PRIMARY KEY,
    owner INT NOT NULL,
    folder INT NULL,
    FOREIGN KEY (folder) REFERENCES folders (id) ON DELETE SET NULL
);
-- Parents that are not mapped: a tree of three tables, and keys that change.
CREATE TABLE shops (id INT PRIMARY KEY, parent INT NULL, FOREIGN KEY (parent) REFERENCES shops (id) ON DELETE CASCADE);
CREATE TABLE shelves (id INT PRIMARY KEY, shop INT NOT NULL, FOREIGN KEY (shop) REFERENCES shops (id) ON DELETE CASCADE);
CREATE TABLE goods (
    id INT PRIMARY KEY,
    owner INT NOT NULL,
    shelf INT NULL,
    deleted_at DATETIME NULL,
    FOREIGN KEY (shelf) REFERENCES shelves (id) ON DELETE CASCADE
);
CREATE TABLE users (name VARCHAR(20) PRIMARY KEY);
CREATE TABLE letters (
    id INT PRIMARY KEY,
    owner VARCHAR(20) NOT NULL,
    text VARCHAR(20),
    FOREIGN KEY (owner) REFERENCES users (name) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE plain (id INT PRIMARY KEY);
-- Triggers of the app's own: what they write is not what they were fired by.
CREATE TABLE logs (id INT AUTO_INCREMENT PRIMARY KEY, owner INT NOT NULL, what VARCHAR(20));
CREATE TRIGGER lists_log AFTER UPDATE ON lists FOR EACH ROW
    INSERT INTO logs (owner, what) VALUES (NEW.owner, 'list');
