-- Tables as an application has them that numbers its rows, beside the tasks whose ids devices make up.
-- Deletes are restricted: what refers to a project goes first.
CREATE TABLE projects (
    id INT AUTO_INCREMENT PRIMARY KEY,
    owner_id VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    name VARCHAR(255) NOT NULL,
    sync_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT (UUID()),
    UNIQUE KEY (owner_id, sync_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE steps (
    id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
    owner_id VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    text VARCHAR(255) NOT NULL,
    project_id INT,
    sync_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT (UUID()),
    UNIQUE KEY (owner_id, sync_id),
    FOREIGN KEY (project_id) REFERENCES projects (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE marks (
    project_id INT NOT NULL,
    number INT NOT NULL,
    owner_id VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
    weight INT,
    PRIMARY KEY (project_id, number),
    KEY (owner_id),
    FOREIGN KEY (project_id) REFERENCES projects (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
