"""What every type of field holds and takes, as docs/config.md has it, and how a column shows it.

TYPES[type] has, for a field and the column below it:
  values      what a device may send, extremes among them
  bad         what the server must refuse
  expression  the SQL that shows the column
  same        is this what the column shows, where a device has that?
  canonical   equal for values that are the same to a device
"""
import base64
import decimal
import json
import math
import re
import uuid

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

    def canonical(self, value):
        return value


def shown_key(column):
    """As Reference shows it."""
    return Reference().expression(column)


class Reference(Type):
    """The key of a row: play.py knows which."""

    def values(self, field, column):
        return []

    def bad(self, field, column):
        return []

    def expression(self, column):
        if column.data_type == "binary":
            return table.quote(column.name)
        return super().expression(column)


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
    @staticmethod
    def range(column):
        if column.data_type == "year":
            return 1901, 2155
        if column.data_type == "bit":
            return 0, 2 ** column.precision - 1
        bits = 8 * INTEGER_BYTES[column.data_type]
        if "unsigned" in column.column_type:
            return 0, 2 ** bits - 1
        return -2 ** (bits - 1), 2 ** (bits - 1) - 1

    def values(self, field, column):
        least, most = self.range(column)
        middle = [1, -1] if least < 0 else [least + 1]
        return [most, least] + middle

    def bad(self, field, column):
        least, most = self.range(column)
        return ["5", 1.5, least - 1, most + 1]

    def expression(self, column):
        return f"CAST({table.quote(column.name)} + 0 AS CHAR)"

    def same(self, field, column, shown, value):
        return int(shown) == value


class Boolean(Type):
    def values(self, field, column):
        return [True, False, 1, 0]

    def bad(self, field, column):
        return [2, "yes"]

    def expression(self, column):
        return f"CAST({table.quote(column.name)} + 0 AS CHAR)"

    def same(self, field, column, shown, value):
        return int(shown) == int(value)


class Float(Type):
    def values(self, field, column):
        if column.data_type == "float":
            return [0.1, -1.5, 0, 3.25e38, 1234.5]
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


MOMENT = re.compile(r"([0-9-]{10})[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z?)")


def moment(text):
    """Date, time and microseconds: the same moment in any number of digits."""
    day, clock, fraction, _ = MOMENT.fullmatch(text).groups()
    return day, clock, int((fraction or "").ljust(6, "0"))


class Datetime(Type):
    ENDS = ["1000-01-01T00:00:00", "9999-12-31T23:59:59", "2024-02-29T23:59:59"]
    MARK = ""

    def values(self, field, column):
        mark = "Z" if field.get("zone") == "UTC" else self.MARK
        found = [end + mark for end in self.ENDS]
        if column.fraction > 0:
            found.append("2026-11-29T11:02:03." + "123456"[:column.fraction] + mark)
        return found

    def bad(self, field, column):
        mark = "Z" if field.get("zone") == "UTC" else self.MARK
        found = [5, "", "2026-11-29", "2026-02-30T00:00:00" + mark, "2026-11-29T25:00:00" + mark]
        if column.fraction < 6:
            found.append("2026-11-29T11:02:03." + "1234567"[:column.fraction + 1] + mark)
        return found

    def same(self, field, column, shown, value):
        return moment(shown.decode()) == moment(value)

    def canonical(self, value):
        return moment(value)


class Timestamp(Datetime):
    ENDS = ["1970-01-01T00:00:01", "2038-01-19T03:14:07", "2024-03-31T02:30:00"]
    MARK = "Z"

    def bad(self, field, column):
        return super().bad(field, column) + ["1969-12-31T23:59:59Z", "2026-11-29T11:02:03"]


class Date(Type):
    def values(self, field, column):
        return ["1000-01-01", "9999-12-31", "2024-02-29"]

    def bad(self, field, column):
        return [5, "", "2023-02-29", "2026-1-1", "2026-11-29T00:00:00"]


class Time(Type):
    SHAPE = re.compile(r"(-?)(\d+):(\d\d):(\d\d)(?:\.(\d+))?")

    def values(self, field, column):
        found = ["00:00:00", "23:59:59", "838:59:59", "-838:59:59", "-00:00:01"]
        if column.fraction > 0:
            found.append("11:02:03." + "123456"[:column.fraction])
        return found

    def bad(self, field, column):
        return [5, "", "839:00:00", "11:60:00", "1:2:3"]

    def parse(self, text):
        sign, hours, minutes, seconds, fraction = self.SHAPE.fullmatch(text).groups()
        size = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
        return (sign == "-") and size > 0, size, int((fraction or "").ljust(6, "0"))

    def same(self, field, column, shown, value):
        return self.parse(shown.decode()) == self.parse(value)

    def canonical(self, value):
        return self.parse(value)


class Decimal(Type):
    @staticmethod
    def largest(column):
        whole = "9" * (column.precision - column.scale) or "0"
        return f"{whole}.{'9' * column.scale}" if column.scale else whole

    def values(self, field, column):
        found = ["0", self.largest(column), "-" + self.largest(column)]
        if column.scale > 0:
            found.append("0." + "0" * (column.scale - 1) + "1")
        if column.precision > column.scale:
            found.append("-1")
        return found

    def bad(self, field, column):
        return ["", "x", "1e1", "1" + "0" * (column.precision - column.scale),
                "0." + "0" * column.scale + "1"]

    def same(self, field, column, shown, value):
        return decimal.Decimal(shown.decode()) == decimal.Decimal(str(value))

    def canonical(self, value):
        return decimal.Decimal(value)


def members(column):
    quoted = column.column_type[column.column_type.index("(") + 1:-1]
    return [member.replace("''", "'") for member in re.findall(r"'((?:[^']|'')*)'", quoted)]


class Enum(Type):
    def values(self, field, column):
        return members(column)

    def bad(self, field, column):
        return ["", "no such member", 1, members(column)[0] + " "]


class Set(Type):
    def values(self, field, column):
        all_of_it = members(column)
        return [[], all_of_it[:1], all_of_it]

    def bad(self, field, column):
        return ["", ["no such member"], [1], ",".join(members(column))]

    def same(self, field, column, shown, value):
        return set(filter(None, shown.decode().split(","))) == set(value)

    def canonical(self, value):
        return frozenset(value)


class Uuid(Type):
    def values(self, field, column):
        return [str(uuid.UUID(int=n)) for n in (1, 2 ** 128 - 1, 0x018F3E2A7C1B7D2E8F00112233445566)]

    def bad(self, field, column):
        return [5, "", "018f3e2a-7c1b-7d2e-8f00-11223344556", "g" * 36]

    def expression(self, column):
        if column.data_type == "binary":
            return f"LOWER(HEX({table.quote(column.name)}))"
        return super().expression(column)

    def same(self, field, column, shown, value):
        return uuid.UUID(shown.decode()) == uuid.UUID(value)


class Bytes(Type):
    LARGE = 70000

    def values(self, field, column):
        if column.data_type == "binary":
            return [self.encode(bytes([n] * column.characters)) for n in (0, 0x41, 0xFF)]
        return [self.encode(data[:column.characters]) for data in
                (b"", b"\0\xff\x00", bytes(range(256)), b"\xf0" * min(column.characters, self.LARGE))]

    def bad(self, field, column):
        found = [5, "=", "AA", "not base64!"]
        if column.characters < self.LARGE:
            found.append(self.encode(b"x" * (column.characters + 1)))
        return found

    @staticmethod
    def encode(data):
        return base64.b64encode(data).decode()

    def expression(self, column):
        return table.quote(column.name)

    def same(self, field, column, shown, value):
        return shown == base64.b64decode(value, validate=True)


TYPES = {
    "string": String(), "integer": Integer(), "boolean": Boolean(), "float": Float(),
    "json": Json(), "list": List(), "datetime": Datetime(), "timestamp": Timestamp(),
    "date": Date(), "time": Time(), "decimal": Decimal(), "enum": Enum(), "set": Set(),
    "uuid": Uuid(), "bytes": Bytes(), "reference": Reference(),
}
