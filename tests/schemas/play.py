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


class Key:
    """A column of an id, and what devices see of it (docs/protocol.md 2.6)."""

    def __init__(self, config, default):
        config = {"column": config} if isinstance(config, str) else config or {}
        self.name = config.get("column", default)
        self.type = config.get("type", "string")
        self.to = config.get("to")

    def expression(self, column):
        if self.type == "uuid":
            return oracle.TYPES["uuid"].expression(column)
        return oracle.Type().expression(column)

    def wire(self, shown):
        text = shown.decode()
        return str(uuid.UUID(text)) if self.type == "uuid" else text


class Model:
    """A model of the config, the table below it, and the objects that the devices have made."""

    def __init__(self, config, database, expectations):
        self.name = config["name"]
        self.table = config["table"]
        key = config.get("id")
        several = key.get("columns") if isinstance(key, dict) else None
        self.id = [Key(part, "id") for part in several or [key]]
        self.owner = Key(config.get("owner"), "owner_id")
        self.allow = config.get("allow", ["create", "update", "delete"])
        self.fields = {field["name"]: field for field in config.get("fields") or []}
        self.writable = [name for name, field in self.fields.items()
                         if not field.get("read_only")]
        self.deletion = config.get("delete")
        self.columns = database.columns(self.table)
        self.unique = database.unique_columns(self.table)
        self.references = database.references(self.table)
        self.given = expectations.get("values", {})
        self.ids = []
        self.deleted = []
        self.used = set()
        self.made = 0

    def column(self, name):
        return self.columns[self.fields[name].get("column", name)]

    def type(self, name):
        return oracle.TYPES[self.fields[name]["type"]]

    def reference(self, column):
        """The foreign key in which the column is, perhaps with the owner's."""
        for reference in self.references:
            if column in reference.columns and column != self.owner.name:
                return reference
        return None

    def values(self, name):
        given = self.given.get(f"{self.table}.{name}")
        return given or self.type(name).values(self.fields[name], self.column(name))

    def is_nullable(self, name):
        return not self.fields[name].get("required") and self.column(name).nullable

    def condition(self, is_deleted):
        """Of the rows that devices have, and of those that a soft delete took from them."""
        if self.deletion is None:
            return "FALSE" if is_deleted else "TRUE"
        column, value = table.quote(self.deletion["column"]), self.deletion["set"]
        if "live" in self.deletion:
            deleted = f"NOT ({column} <=> {table.literal(self.deletion['live'])})"
        elif str(value).startswith("now"):
            deleted = f"{column} IS NOT NULL"
        else:
            deleted = f"{column} <=> {table.literal(value)}"
        return deleted if is_deleted else f"NOT ({deleted})"

    def owned_by(self, owner):
        if self.owner.type != "uuid":
            return f"{table.quote(self.owner.name)} = {table.literal(owner)}"
        held = self.owner.expression(self.columns[self.owner.name])
        return f"REPLACE({held}, '-', '') = '{uuid.UUID(owner).hex}'"

    @staticmethod
    def joined(parts):
        if len(parts) == 1:
            return parts[0]
        return ":".join(part.replace("%", "%25").replace(":", "%3A") for part in parts)


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
        column = model.column(name).name
        reference = model.reference(column)
        if reference is not None and f"{model.table}.{name}" not in model.given:
            keys = self.parent_keys(model, column)
            key = keys[turn % len(keys)]
            return int(key) if model.fields[name]["type"] == "integer" else key
        values = model.values(name)
        value = values[turn % len(values)]
        if column in model.unique:
            model.made += 1
            value = self.distinct(model, name, value)
        return value

    @staticmethod
    def distinct(model, name, value):
        if not isinstance(value, str):
            return model.made
        mark = str(model.made)
        most = model.fields[name].get("max_length", 255)
        return value[:most - len(mark)] + mark

    def parent_keys(self, model, column):
        """What devices may write into a column that refers to another table."""
        reference = model.reference(column)
        parent = self.model_of(reference.parent)
        if parent is not None:
            return parent.ids or [row for row, _ in self.shown(parent, [])]
        key = self.database.columns(reference.parent)[
            reference.parent_columns[reference.columns.index(column)]]
        return [row[0].decode() for row in self.database.select(
            [oracle.shown_key(key)], f"FROM {table.quote(reference.parent)} ORDER BY 1")]

    def new_id(self, model):
        """One that no row has: of the rows that were there, too. None: there is no other."""
        if not model.used:
            model.used = {row for is_deleted in (False, True)
                          for row, _ in self.shown(model, [], is_deleted)}
        for turn in range(200):
            parts = [self.id_part(model, part, turn) for part in model.id]
            row = model.joined(parts)
            if row not in model.used:
                model.used.add(row)
                return row
        return None

    def id_part(self, model, part, turn):
        if model.reference(part.name) is not None:
            keys = self.parent_keys(model, part.name)
            return keys[turn % len(keys)]
        model.made += 1
        if part.type == "integer":
            return str(1000 + model.made)
        if part.type == "uuid" or model.columns[part.name].characters >= 36:
            return str(uuid.uuid4())
        return f"a%b:{model.made}"

    # The rows of the table, as devices would see them.

    def shown(self, model, names, is_deleted=False, owner=None):
        """Pairs of an id and what the columns of these fields show."""
        owner = self.owner if owner is None else owner
        expressions = [key.expression(model.columns[key.name]) for key in model.id]
        expressions += [model.type(name).expression(model.column(name)) for name in names]
        width = len(model.id)
        for row in self.database.select(
                expressions, f"FROM {table.quote(model.table)} WHERE "
                f"{model.owned_by(owner)} "
                f"AND {model.condition(is_deleted)}"):
            keys = [self.follow(model, key, shown) if key.to else key.wire(shown)
                    for key, shown in zip(model.id, row)]
            yield model.joined(keys), dict(zip(names, row[width:]))

    def follow(self, model, column, shown):
        """The id of the object to which a column with that key refers."""
        name = column.name if isinstance(column, Key) else column
        reference = model.reference(name)
        parent = self.model_of(reference.parent)
        key = parent.columns[reference.parent_columns[reference.columns.index(name)]]
        expression = parent.id[0].expression(parent.columns[parent.id[0].name])
        # As text: a BINARY(16) has none of its own.
        rows = self.database.select(
            [oracle.shown_key(key), expression], f"FROM {table.quote(parent.table)}")
        ids = {key: parent.id[0].wire(found) for key, found in rows}
        return ids[shown]

    def turns(self, model):
        """So many objects show every value of every field."""
        return max([1] + [len(model.values(name)) for name in model.writable
                          if model.reference(model.column(name).name) is None])

    # The steps.

    def run(self):
        for step in (self.create, self.backend, self.update, self.send_bad_values, self.delete,
                     self.backend_deletes, self.bring_back, self.create_again):
            step()
            self.compare(step.__name__)
        self.other_owner()

    def create(self):
        for model in self.models:
            for turn in range(self.turns(model)):
                self.create_one(model, {name: self.value(model, name, turn)
                                        for name in model.writable})
            self.create_one(model, {name: None if model.is_nullable(name)
                                    else self.value(model, name, 0) for name in model.writable})
            self.create_one(model, {name: self.value(model, name, 1) for name in model.writable
                                    if model.fields[name].get("required")})

    def create_one(self, model, fields):
        row = self.new_id(model)
        if row is None:
            return
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
            names = model.writable
            for turn, row in enumerate(model.ids):
                for device, shift in ((self.one, 0), (self.two, 1)):
                    if not names:  # the row is its id: an update says nothing, and is taken
                        device.local_write("update", model.name, row, {})
                        continue
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
                if model.reference(model.column(name).name) is not None:
                    continue
                bad = (list(model.type(name).bad(field, model.column(name)))
                       if name in model.writable else [model.values(name)[0]])
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
            if not {"create", "delete"} <= set(model.allow) or self.is_parent(model):
                continue
            for row in model.ids[::2]:
                self.two.local_write("delete", model.name, row, {})
                model.deleted.append(row)
            model.ids = model.ids[1::2]

    def backend_deletes(self):
        """Softly: who updates the row learns that it is gone, and a create brings it back."""
        for model in self.models:
            if model.deletion is None or self.is_parent(model):
                continue
            row, name = model.ids[-1], model.writable[0]
            self.delete_softly(model, row)
            for device in (self.one, self.two):
                device.local_write("update", model.name, row, {name: self.value(model, name, 0)})
                device.sync()
                if (model.name, row) in device.rows:
                    raise Differs(f"{model.table} {row} is deleted, and a device keeps it")
            self.one.local_write("create", model.name, row, {
                name: self.value(model, name, 1) for name in model.writable})

    def delete_softly(self, model, row):
        key, column = model.id[0], model.deletion["column"]
        value = {"now": "UTC_TIMESTAMP()", "now_s": "UNIX_TIMESTAMP()",
                 "now_ms": "UNIX_TIMESTAMP() * 1000"}.get(
                     model.deletion["set"], model.deletion["set"])
        self.database.run(
            f"UPDATE {table.quote(model.table)} SET {table.quote(column)} = {value} WHERE "
            f"{key.expression(model.columns[key.name])} = {table.literal(row)}")

    def is_parent(self, model):
        return any(reference.parent == model.table for other in self.models
                   for reference in other.references)

    def bring_back(self):
        """What was deleted."""
        for model in self.models:
            for row in model.deleted[:2]:
                self.one.local_write("create", model.name, row, {
                    name: self.value(model, name, 3) for name in model.writable})
                model.deleted.remove(row)
                model.ids.append(row)

    def create_again(self):
        """What is deleted and made again in one sync."""
        for model in self.models:
            if set(model.allow) != {"create", "update", "delete"} or self.is_parent(model):
                continue
            row = model.ids[0]
            self.one.local_write("delete", model.name, row, {})
            self.one.local_write("create", model.name, row,
                                 {name: self.value(model, name, 2) for name in model.writable})

    def other_owner(self):
        owner = self.expectations["other"]
        other = self.new_device(str(owner))
        other.sync()
        rows = {(model.name, row) for model in self.models
                for row, _ in self.shown(model, [], owner=owner)}
        if set(other.rows) != rows:
            raise Differs(f"another owner and the tables differ in {set(other.rows) ^ rows}")

    # What holds after every step.

    def compare(self, step):
        for device in (self.one, self.two, self.one):
            device.sync()
        fresh = self.new_device()
        fresh.sync()
        one, *others = [self.canonical(device) for device in (self.one, self.two, fresh)]
        for other in others:
            if not self.agree(one, other):
                raise Differs(f"{step}: the devices differ: {difference(one, other)}")
        for model in self.models:
            self.compare_table(step, model)

    def canonical(self, device):
        """Its rows: a decimal may have other digits where another device has it from the row."""
        models = {model.name: model for model in self.models}
        return {(name, row): {key: None if value is None
                              else models[name].type(key).canonical(value)
                              for key, value in fields.items()}
                for (name, row), fields in device.rows.items()}

    @staticmethod
    def agree(one, other):
        """A first sync brings every field; the device of a create may not have those without a value."""
        return one.keys() == other.keys() and all(
            one[row].get(name) == other[row].get(name)
            for row in one for name in one[row].keys() | other[row].keys())

    def compare_table(self, step, model):
        names = list(model.fields)
        rows = dict(self.shown(model, names))
        if not model.ids:
            raise Differs(f"{step}: nothing is played on {model.table}")
        kept = {row for row, _ in self.shown(model, [], True)}
        if model.deletion is not None and not kept >= set(model.deleted):
            raise Differs(f"{step}: {model.table} has lost {set(model.deleted) - kept}")
        has = {row: fields for (name, row), fields in self.one.rows.items() if name == model.name}
        if set(has) != set(rows):
            raise Differs(f"{step}: {model.table}: devices and the table differ in {set(has) ^ set(rows)}")
        for row in model.ids:
            if row not in rows:
                raise Differs(f"{step}: {model.table} lacks {row}")
            for name in names:
                if "default" in model.fields[name] and rows[row][name] is None:
                    raise Differs(f"{step}: {model.table} {row}: nothing fills {name}")
                self.compare_cell(f"{step}: {model.table} {row} {name}", model, name,
                                  rows[row][name], has[row])

    def compare_cell(self, where, model, name, shown, fields):
        column = model.column(name)
        value = fields.get(name)
        if shown is not None and shown.startswith(b"0000-00-00"):
            shown = None  # a date that is none
        if value is None or shown is None:
            same = value is shown
        elif model.fields[name]["type"] == "reference":
            same = self.follow(model, column.name, shown) == value
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
        allow = [f"soft {word}" if word == "delete" and model.deletion else word
                 for word in model.allow]
        print(f"{model.table}: {', '.join(allow)}; {', '.join(types)}; "
              f"{len(model.fields) - len(model.writable)} read-only")
    return 0


if __name__ == "__main__":
    sys.exit(main())
