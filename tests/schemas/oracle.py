"""What every type of field holds and takes, as docs/config.md has it, and how a column shows it.

TYPES[type] has, for a field and the column below it:
  values      what a device may send, extremes among them
  bad         what the server must refuse
  expression  the SQL that shows the column
  same        is this what the column shows, where a device has that?
"""
import json
import math

import table

# As docs/config.md: whole numbers of each column.
INTEGER_BYTES = {"tinyint": 1, "smallint": 2, "mediumint": 3, "int": 4, "bigint": 8}


class Type:
    def values(self, field, column):
        raise NotImplementedError

    def bad(self, field, column):
        return []

    def expression(self, column):
        return f"CAST({table.quote(column.name)} AS CHAR CHARACTER SET utf8mb4)"

    def same(self, field, column, shown, value):
        return shown.decode() == value


class String(Type):
    SAMPLES = {
        "ascii": ["", "plain", "it's \"quoted\" \\ and\nmore"],
        "latin1": ["", "Größe", "¿Qué?"],
        "utf8mb3": ["", "Größe", "日本語"],
        "utf8mb4": ["", "Größe", "日本語 😀", "a\tb\\c'd\"e\n", "e\u0301"],
    }
    FOREIGN = {"ascii": "ü", "latin1": "日本", "utf8mb3": "😀"}

    def values(self, field, column):
        most = field.get("max_length", 100000)
        samples = [text[:most] for text in self.SAMPLES[column.charset]]
        filled = "x" * min(most, 100000)
        return list(dict.fromkeys(samples + [filled]))

    def bad(self, field, column):
        found = [5, ["a"]]
        if "max_length" in field:
            found.append("x" * (field["max_length"] + 1))
        if column.charset in self.FOREIGN:
            found.append(self.FOREIGN[column.charset])
        return found


class Integer(Type):
    def values(self, field, column):
        bits = 8 * INTEGER_BYTES[column.data_type]
        if "unsigned" in column.column_type:
            return [0, 1, min(2 ** bits, 2 ** 63) - 1]
        return [0, -1, 2 ** (bits - 1) - 1, -2 ** (bits - 1)]

    def bad(self, field, column):
        bits = 8 * INTEGER_BYTES[column.data_type]
        return ["5", 1.5, -1 if "unsigned" in column.column_type else 2 ** (bits - 1)]

    def same(self, field, column, shown, value):
        return int(shown) == value


class Boolean(Type):
    def values(self, field, column):
        return [True, False, 1, 0]

    def bad(self, field, column):
        return [2, "yes"]

    def same(self, field, column, shown, value):
        return int(shown) == int(value)


class Float(Type):
    def values(self, field, column):
        return [0.1, -1.5, 0, 1e300, 5e-324, 123456789.125]

    def bad(self, field, column):
        return ["0.1"]

    def same(self, field, column, shown, value):
        return math.isclose(float(shown), value, rel_tol=0)


class Json(Type):
    def values(self, field, column):
        return [{"a": [1, 2.5, None], "b": {"c": "Größe 😀"}}, [], "text", 0, True]

    def same(self, field, column, shown, value):
        return json.loads(shown) == value


class List(Type):
    def values(self, field, column):
        return [[], ["a", "Größe 😀"], [1, 2.5]]

    def bad(self, field, column):
        return [{"a": 1}, [[1]]]

    def same(self, field, column, shown, value):
        return json.loads(shown) == value


TYPES = {
    "string": String(), "integer": Integer(), "boolean": Boolean(), "float": Float(),
    "json": Json(), "list": List(),
}
