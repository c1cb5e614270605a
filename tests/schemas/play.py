"""A conversation of two devices and the backend's own SQL over every mapped table of a schema.

usage: play.py FOLDER CONFIG SOCKET MYSQL_SOCKET [--write]

FOLDER is that of the schema. Its play.yaml names the owners (`owner`, `other`), and may say which
`values` a field takes that the backend has rules for ("table.column": [...]); its backend.sql and
backend.out are what the backend does meanwhile, and what it must see.

After every step the devices have the same rows, and the table has what they have; nothing that a
device sends is refused, except what must be. Prints what was played; exit status 1 with what
differs. --write: backend.out becomes what the backend saw.
"""
import os
import random
import subprocess
import sys
import uuid

import yaml

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "faults"))

# pylint: disable=wrong-import-position
import client
import fastcgi
import oracle
import table


class Differs(Exception):
    """What is not as it must be."""


class Device(client.Client):
    def __init__(self, path, owner):
        super().__init__(owner)
        self.path = path
        self.refused = []

    def post(self, request):
        status, body = fastcgi.sync(self.path, self.owner, request)
        if status != 200:
            raise Differs(f"{status} {body} for {request}")
        return status, body, 0

    def tell_user(self, refused):
        self.refused += refused

    def sync(self):
        super().sync()
        if self.refused:
            raise Differs(f"refused: {self.refused}")


class Model:
    """A model of the config, the table below it, and the objects that the devices have made."""

    def __init__(self, config, database, expectations):
        self.name = config["name"]
        self.table = config["table"]
        self.id_column = config.get("id", "id")
        self.owner_column = config.get("owner", "owner_id")
        self.allow = config.get("allow", ["create", "update", "delete"])
        self.fields = {field["name"]: field for field in config["fields"]}
        self.columns = database.columns(self.table)
        self.unique = database.unique_columns(self.table)
        self.references = database.references(self.table)
        self.given = expectations.get("values", {})
        self.ids = []
        self.made = 0

    def column(self, name):
        return self.columns[self.fields[name].get("column", name)]

    def type(self, name):
        return oracle.TYPES[self.fields[name]["type"]]

    def reference(self, name):
        """The foreign key in which the field is, apart from the owner."""
        for reference in self.references:
            if self.column(name).name in reference.columns:
                return reference
        return None

    def values(self, name):
        given = self.given.get(f"{self.table}.{name}")
        return given or self.type(name).values(self.fields[name], self.column(name))

    def is_nullable(self, name):
        return not self.fields[name].get("required") and self.column(name).nullable

    def new_id(self):
        return str(uuid.uuid4())


class Play:
    def __init__(self, folder, config, path, mysql, *options):
        with open(os.path.join(folder, "play.yaml"), encoding="utf-8") as file:
            self.expectations = yaml.safe_load(file)
        with open(config, encoding="utf-8") as file:
            models = yaml.safe_load(file)["models"]
        self.folder = folder
        self.writes = "--write" in options
        self.path = path
        self.mysql = mysql
        self.database = table.Database(mysql)
        self.models = self.parents_first(
            [Model(model, self.database, self.expectations) for model in models])
        self.owner = str(self.expectations["owner"])
        self.one, self.two = self.new_device(), self.new_device()
        self.chance = random.Random(folder)

    def new_device(self, owner=None):
        return Device(self.path, owner or self.owner)

    def model_of(self, name):
        return next((model for model in self.models if model.table == name), None)

    @staticmethod
    def parents_first(models):
        names = {model.table for model in models}
        done = []
        while len(done) < len(models):
            there = {model.table for model in done}
            done += [model for model in models if model not in done and all(
                reference.parent in there or reference.parent == model.table
                or reference.parent not in names for reference in model.references)]
        return done

    # Values.

    def value(self, model, name, turn):
        reference = model.reference(name)
        if reference is not None and f"{model.table}.{name}" not in model.given:
            return self.parent_value(model, name, reference, turn)
        values = model.values(name)
        value = values[turn % len(values)]
        if model.column(name).name in model.unique and isinstance(value, str):
            model.made += 1
            mark = str(model.made)
            most = model.fields[name].get("max_length", 255)
            value = value[:most - len(mark)] + mark
        return value

    def parent_value(self, model, name, reference, turn):
        parent = self.model_of(reference.parent)
        if parent is not None:
            return parent.ids[turn % len(parent.ids)]
        column = reference.parent_columns[reference.columns.index(model.column(name).name)]
        kind = model.type(name)
        shown = self.database.select([table.quote(column)], f"FROM {table.quote(reference.parent)}"
                                     f" ORDER BY {table.quote(column)} LIMIT 1")[0][0]
        return int(shown) if isinstance(kind, oracle.Integer) else shown.decode()

    def turns(self, model):
        """So many objects show every value of every field."""
        return max(len(model.values(name)) for name in model.fields
                   if model.reference(name) is None)

    # The steps.

    def run(self):
        for step in (self.create, self.backend, self.update, self.send_bad_values, self.delete,
                     self.create_again):
            step()
            self.compare(step.__name__)
        self.other_owner()

    def create(self):
        for model in self.models:
            if "create" not in model.allow:
                continue
            for turn in range(self.turns(model)):
                self.create_one(model, {name: self.value(model, name, turn)
                                        for name in model.fields})
            self.create_one(model, {name: None if model.is_nullable(name)
                                    else self.value(model, name, 0) for name in model.fields})
            self.create_one(model, {name: self.value(model, name, 1) for name in model.fields
                                    if model.fields[name].get("required")})

    def create_one(self, model, fields):
        row = model.new_id()
        self.one.local_write("create", model.name, row, fields)
        model.ids.append(row)

    def backend(self):
        path = os.path.join(self.folder, "backend")
        with open(f"{path}.sql", encoding="utf-8") as file:
            sql = file.read()
        done = subprocess.run(self.database.command, input=sql, capture_output=True, text=True,
                              check=False)
        if self.writes:
            with open(f"{path}.out", "w", encoding="utf-8") as file:
                file.write(done.stdout)
        with open(f"{path}.out", encoding="utf-8") as file:
            wanted = file.read()
        if done.returncode != 0 or done.stdout != wanted:
            raise Differs(f"the backend got\n{done.stdout}{done.stderr}and not\n{wanted}")

    def update(self):
        """Each device changes other fields of the same objects, and both at the same time."""
        for model in self.models:
            if "update" not in model.allow:
                continue
            names = list(model.fields)
            for turn, row in enumerate(model.ids):
                for device, shift in ((self.one, 0), (self.two, 1)):
                    name = names[(2 * turn + shift) % len(names)]
                    value = self.value(model, name, turn + 1)
                    if turn % 3 == 0 and model.is_nullable(name):
                        value = None
                    device.local_write("update", model.name, row, {name: value})

    def send_bad_values(self):
        for model in self.models:
            if "update" not in model.allow or not model.ids:
                continue
            for name, field in model.fields.items():
                if model.reference(name) is not None:
                    continue
                bad = list(model.type(name).bad(field, model.column(name)))
                if field.get("required"):
                    bad.append(None)
                for value in bad:
                    self.must_be_refused(model, name, value)

    def must_be_refused(self, model, name, value):
        self.one.local_write("update", model.name, model.ids[0], {name: value})
        client.Client.sync(self.one)
        if len(self.one.refused) != 1:
            raise Differs(f"{model.table}.{name} = {value!r} is not refused")
        self.one.refused = []

    def delete(self):
        for model in reversed(self.models):
            if "delete" not in model.allow or self.is_parent(model):
                continue
            for row in model.ids[::2]:
                self.two.local_write("delete", model.name, row, {})
            model.ids = model.ids[1::2]

    def is_parent(self, model):
        return any(reference.parent == model.table for other in self.models
                   for reference in other.references)

    def create_again(self):
        """What was deleted, and what is deleted and made again in one sync."""
        for model in self.models:
            if set(model.allow) != {"create", "update", "delete"} or self.is_parent(model):
                continue
            row = model.ids[0]
            self.one.local_write("delete", model.name, row, {})
            self.one.local_write("create", model.name, row,
                                 {name: self.value(model, name, 2) for name in model.fields})

    def other_owner(self):
        other = self.new_device(str(self.expectations["other"]))
        other.sync()
        if other.rows:
            raise Differs(f"another owner has {other.rows}")

    # What holds after every step.

    def compare(self, step):
        for device in (self.one, self.two, self.one):
            device.sync()
        fresh = self.new_device()
        fresh.sync()
        if not self.one.rows == self.two.rows == fresh.rows:
            raise Differs(f"{step}: the devices differ: {difference(self.one.rows, self.two.rows)} "
                          f"{difference(self.one.rows, fresh.rows)}")
        for model in self.models:
            self.compare_table(step, model)

    def compare_table(self, step, model):
        names = list(model.fields)
        shown = self.database.select(
            [table.quote(model.id_column)]
            + [model.type(name).expression(model.column(name)) for name in names],
            f"FROM {table.quote(model.table)} WHERE {table.quote(model.owner_column)} = "
            f"{table.literal(self.owner)}")
        rows = {row[0].decode(): dict(zip(names, row[1:])) for row in shown}
        has = {row: fields for (name, row), fields in self.one.rows.items() if name == model.name}
        if set(has) != set(model.ids):
            raise Differs(f"{step}: {model.table}: devices have {set(has) ^ set(model.ids)}")
        for row in model.ids:
            if row not in rows:
                raise Differs(f"{step}: {model.table} lacks {row}")
            for name in names:
                self.compare_cell(f"{step}: {model.table} {row} {name}", model, name,
                                  rows[row][name], has[row])

    @staticmethod
    def compare_cell(where, model, name, shown, fields):
        column = model.column(name)
        value = fields.get(name)
        if name not in fields and column.default:
            return
        if value is None or shown is None:
            same = value is shown
        else:
            same = model.type(name).same(model.fields[name], column, shown, value)
        if not same:
            raise Differs(f"{where}: the table has {shown!r}, the device {value!r}")


def difference(one, other):
    return [(row, one.get(row), other.get(row)) for row in one.keys() | other.keys()
            if one.get(row) != other.get(row)][:3]


def main():
    play = Play(*sys.argv[1:])
    try:
        play.run()
    except Differs as differs:
        print(f"FAILED: {differs}")
        return 1
    for model in play.models:
        types = sorted({field["type"] for field in model.fields.values()})
        print(f"{model.table}: {', '.join(model.allow)}; {', '.join(types)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
