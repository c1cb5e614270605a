"""What a private MariaDB says about tables: their columns, keys, foreign keys and rows."""
import dataclasses
import subprocess


@dataclasses.dataclass
class Column:
    name: str
    data_type: str
    column_type: str
    nullable: bool
    default: bool       # an INSERT may leave it out and gets something other than NULL
    characters: int     # that a text may have, bytes of a binary one
    precision: int      # digits of a number
    scale: int          # digits behind the point
    fraction: int       # digits of a second
    charset: str


@dataclasses.dataclass
class Reference:
    columns: list
    parent: str
    parent_columns: list


class Database:
    def __init__(self, socket, name="app", user="root"):
        self.command = ["mariadb", "--no-defaults", f"--socket={socket}", f"--user={user}",
                        "--default-character-set=utf8mb4", "--batch", "--raw",
                        "--skip-column-names", name]

    def run(self, sql):
        done = subprocess.run(self.command, input=sql, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{done.stderr.strip()} of: {sql}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def select(self, expressions, rest):
        """Rows of texts, or None for NULL. What a value holds comes through as it is."""
        hexed = ", ".join(f"HEX({expression})" for expression in expressions)
        return [[None if cell == "NULL" else bytes.fromhex(cell) for cell in row]
                for row in self.run(f"SELECT {hexed} {rest}")]

    def columns(self, table):
        rows = self.run(
            "SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, IS_NULLABLE = 'YES', "
            "COALESCE(COLUMN_DEFAULT, 'NULL') <> 'NULL' OR EXTRA <> '', "
            "COALESCE(CHARACTER_MAXIMUM_LENGTH, 0), COALESCE(NUMERIC_PRECISION, 0), "
            "COALESCE(NUMERIC_SCALE, 0), COALESCE(DATETIME_PRECISION, 0), "
            "COALESCE(CHARACTER_SET_NAME, '') FROM information_schema.COLUMNS WHERE "
            f"TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '{table}'")
        return {row[0]: Column(row[0], row[1], row[2], row[3] == "1", row[4] == "1",
                               *map(int, row[5:9]), row[9]) for row in rows}

    def unique_columns(self, table):
        """All that are part of a unique key of another sort than the owner's alone."""
        rows = self.run("SELECT DISTINCT COLUMN_NAME FROM information_schema.STATISTICS WHERE "
                        "NON_UNIQUE = 0 AND TABLE_SCHEMA = DATABASE() AND "
                        f"TABLE_NAME = '{table}'")
        return {row[0] for row in rows}

    def references(self, table):
        found = {}
        for name, column, parent, parent_column in self.run(
                "SELECT CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, "
                "REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE "
                f"TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '{table}' AND "
                "REFERENCED_TABLE_NAME IS NOT NULL ORDER BY CONSTRAINT_NAME, ORDINAL_POSITION"):
            reference = found.setdefault(name, Reference([], parent, []))
            reference.columns.append(column)
            reference.parent_columns.append(parent_column)
        return list(found.values())


def quote(name):
    return "`" + name.replace("`", "``") + "`"


def literal(text):
    """Compared with any type of column; without what needs an escape."""
    return f"'{text}'"
