-- The tables of WORLD_KEYED: trees with integers that devices make up, leaves that the database
-- numbers, and graftings whose key is both and a label.
CREATE TABLE trees (
    owner_id VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    id BIGINT NOT NULL,
    name VARCHAR(64),
    height BIGINT,
    felled BOOLEAN,
    notes LONGTEXT,
    girth DECIMAL(10, 3),
    planted DATE,
    kind ENUM('oak', 'Elm', 'ash tree'),
    tag BINARY(16),
    PRIMARY KEY (owner_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE leaves (
    id INT AUTO_INCREMENT PRIMARY KEY,
    owner_id VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    sync_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT (UUID()),
    colour VARCHAR(64),
    veins BIGINT,
    area DOUBLE,
    notes LONGTEXT,
    tree_id BIGINT,
    fell DATETIME(3),
    unfolds TIME(3),
    scan VARBINARY(16),
    deleted_at DATETIME,
    UNIQUE KEY (owner_id, sync_id),
    FOREIGN KEY (owner_id, tree_id) REFERENCES trees (owner_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE graftings (
    owner_id VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    tree_id BIGINT NOT NULL,
    leaf_id INT NOT NULL,
    label VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    note VARCHAR(64),
    cuts BIGINT,
    area DOUBLE,
    made TIMESTAMP(3) NULL,
    checked DATETIME(3),
    healed DATETIME(3),
    serial BIGINT UNSIGNED,
    tools SET('axe', 'saw', 'rope'),
    PRIMARY KEY (owner_id, tree_id, leaf_id, label),
    FOREIGN KEY (owner_id, tree_id) REFERENCES trees (owner_id, id),
    FOREIGN KEY (leaf_id) REFERENCES leaves (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
