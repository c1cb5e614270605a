"""Devices that enforce foreign keys, on a database that does, too.

usage: foreign_keys.py DIR PORT SEED [numbered]

With "numbered", owners are numbers and ids UUIDs, and the tables hold integer keys beside them.

Each owner has a tree of lists, and tasks in them. Every device keeps the keys of its own rows: it
creates a task only in a list that it has, and deletes a list only when it has nothing in it. So what
breaks a key comes from two devices that do not know of each other: one deletes the list to which the
other adds a task. The database refuses the later one, in quarantine, and the response undoes it.

The devices are strict (tests/faults/phones.py), and after each response, all keys of a device hold.
In the end, for each owner, every device and a new one have exactly the rows of the tables.
"""
import os
import random
import subprocess
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "faults"))
import client  # noqa: E402
import phones  # noqa: E402

OWNERS = 3
DEVICES = 3
ROUNDS = 60
KEY = {"lists": "parent_id", "tasks": "list_id"}


class Device(phones.Device):
    def __init__(self, world, owner, number):
        sub = int(owner) if world.numbered else owner
        super().__init__(world.port, phones.token_for(world.folder, sub), owner, number)
        self.limit = 100
        self.chance_of = world.chance
        self.numbered = world.numbered
        self.refused = 0

    def new_id(self):
        return client.Client.new_id(self)

    def tell_user(self, refused):
        self.refused += len(refused)

    def rows_of(self, model):
        return sorted(row for (kind, row) in self.rows if kind == model)

    def children(self, row):
        return [key for key, fields in self.rows.items() if fields.get(KEY[key[0]]) == row]

    def some_list(self):
        """Of this device, or none."""
        return self.chance_of.choice([None, *self.rows_of("lists")])

    def is_below(self, row, other):
        """A device never puts a list below itself. Two that move lists at once may."""
        seen = set()
        while other is not None and other not in seen:
            seen.add(other)
            other = self.rows[("lists", other)].get("parent_id")
        return row in seen

    def write_one(self):
        model = self.chance_of.choice(["lists", "tasks", "tasks"])
        kind = self.chance_of.choice(["create", "create", "update", "delete"])
        rows = self.rows_of(model)
        name = f"{self.number}.{len(self.attempts)}.{self.chance_of.randrange(1000)}"
        if kind == "create" or not rows:
            row = str(uuid.UUID(int=self.chance_of.getrandbits(128))) if self.numbered else name
            self.local_write("create", model, row, {"name": name, KEY[model]: self.some_list()})
            return
        row = self.chance_of.choice(rows)
        if kind == "delete":
            if model == "tasks" or not self.children(row):
                self.local_write("delete", model, row, {})
            return
        into = self.some_list()
        if model == "tasks" or not self.is_below(row, into):
            self.local_write("update", model, row, {KEY[model]: into})

    def received(self, batch, body):
        super().received(batch, body)
        for (model, row), fields in self.rows.items():
            parent = fields.get(KEY[model])
            if parent is not None and ("lists", parent) not in self.rows:
                raise phones.Bad(f"{self.owner}: device {self.number} has {model} {row} in {parent}, "
                                 f"which it lacks, after {body}")


class World:
    def __init__(self, folder, port, seed, numbered):
        self.folder = folder
        self.port = port
        self.chance = random.Random(seed)
        self.numbered = numbered
        owners = [str(seed * 100 + number) if numbered else f"keys-{seed}-{number}"
                  for number in range(OWNERS)]
        self.devices = {owner: [Device(self, owner, number) for number in range(DEVICES)]
                        for owner in owners}

    def rows_of(self, owner, model, key):
        """The id, the name and the parent's id of each row, as the wire has them."""
        if not self.numbered:
            return phones.select(self.folder, f"SELECT id, name, {key} FROM {model} "
                                              f"WHERE owner_id = '{owner}'")
        return phones.select(self.folder, f"SELECT r.sync_id, r.name, p.sync_id FROM {model} r "
                                          f"LEFT JOIN lists p ON p.id = r.{key} "
                                          f"WHERE r.user_id = {owner}")

    def live(self, devices):
        for _ in range(ROUNDS):
            device = self.chance.choice(devices)
            for _ in range(self.chance.randrange(6)):
                device.write_one()
            if self.chance.random() < 0.6:
                device.sync()
        for _ in range(3):
            for device in devices:
                device.sync()

    def judge(self, owner, devices):
        table = {}
        for model, key in KEY.items():
            for row, *cells in self.rows_of(owner, model, key):
                table[(model, row)] = cells
        fresh = Device(self, owner, DEVICES)
        fresh.sync()
        for device in [*devices, fresh]:
            has = {key: [phones.cell(fields.get(column)) for column in ("name", KEY[key[0]])]
                   for key, fields in device.rows.items()}
            if has != table:
                differ = sorted(key for key in has.keys() | table.keys()
                                if has.get(key) != table.get(key))
                raise phones.Bad(f"{owner}: device {device.number} and the tables differ in {differ}: "
                                 f"{has.get(differ[0])}, {table.get(differ[0])}")

    def run(self):
        for owner, devices in self.devices.items():
            self.live(devices)
            self.judge(owner, devices)
        return sum(device.refused for devices in self.devices.values() for device in devices)


def main():
    seed = int(sys.argv[3])
    try:
        refused = World(sys.argv[1], int(sys.argv[2]), seed, "numbered" in sys.argv[4:]).run()
    except (phones.Bad, client.Stopped, subprocess.CalledProcessError) as bad:
        print(f"BROKEN  seed {seed}: {bad}")
        sys.exit(1)
    print(f"seed {seed}: {refused} diffs were refused")
    if refused == 0:
        print("no key was broken: the seed shows nothing")
        sys.exit(1)


if __name__ == "__main__":
    main()
