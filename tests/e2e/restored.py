"""Devices of a server that is set back twice, and the judgement afterwards.

usage: restored.py DIR PORT SEED

Some devices keep a log of what they sent and received, and follow restart_clock as docs/protocol.md
9.3 says; one of each owner is a stock client, which resets. While they write and sync at random, the
database is copied, goes on, and is set back to the copy, twice, each time with `mobync restored`.
At last, for each owner:

  - every device, and a new one, has exactly the rows of the table
  - every diff that a device with a log has ever made is known to the server: nothing of it is lost

Devices are strict: a create of what they have, or an update of what they lack, is a fault.
"""
import json
import os
import random
import subprocess
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "faults"))
from phones import Bad, Line, cell, select, token_for  # noqa: E402

COLUMNS = ("name", "done", "priority")
OWNERS = 3
ROUNDS = 12


class Device:
    def __init__(self, port, token, owner, name, keeps_log):
        self.line = Line(port, token)
        self.owner = owner
        self.name = name
        self.keeps_log = keeps_log
        self.clock = 0
        self.lineage = None
        self.rows = {}
        self.pending = []
        self.log = []           # (clock of the response, diff), in the order of their effect
        self.made = set()
        self.restarts = 0
        self.resets = 0

    def write(self, chance):
        kind = chance.choice(["create", "update", "update", "delete"])
        row = chance.choice(sorted(self.rows)) if self.rows else None
        number = len(self.made)
        if kind == "create" or row is None:
            kind, row = "create", f"{self.name}-{number}"
        fields = {}
        if kind != "delete":
            fields = {column: value for column, value in
                      (("name", f"{self.name} {number}"), ("done", chance.random() < 0.5),
                       ("priority", chance.randrange(100)))
                      if column == "name" or chance.random() < 0.5}
        diff = {"id": f"{self.owner}-{self.name}-{number}", "owner": self.owner,
                "logical_clock": self.clock,
                "utc_timestamp": 1604114000000 + number * 1000 + chance.randrange(3000),
                "type": kind, "model": "tasks", "json_data": json.dumps({"id": row, **fields})}
        self.made.add(diff["id"])
        self.pending.append(diff)
        self.apply(diff)

    def apply(self, diff):
        fields = json.loads(diff["json_data"])
        row = fields.pop("id")
        if diff["type"] == "delete":
            self.rows.pop(row, None)
        elif (diff["type"] == "create") == (row in self.rows):
            raise Bad(f"{self.name} cannot carry out {diff}")
        else:
            self.rows.setdefault(row, {}).update(fields)

    def sync(self):
        """Until it is answered with success."""
        for _ in range(4):
            status, answer = self.post()
            if status == 200:
                self.take(answer)
                return
            if status != 409 or answer["error"]["code"] != "INVALID_CLOCK":
                raise Bad(f"{self.name}: {status} {answer}")
            self.go_back(answer)
        raise Bad(f"{self.name} does not get through")

    def post(self):
        body = {"logical_clock": self.clock, "diffs": self.pending}
        if self.keeps_log and self.lineage is not None:
            body["lineage"] = self.lineage
        status, _, answer = self.line.post(body)
        return status, answer

    def take(self, answer):
        clock = answer["logical_clock"]
        received = sorted(answer["diffs"], key=lambda d: (d["logical_clock"], d["utc_timestamp"]))
        for diff in received:
            if not self.clock <= diff["logical_clock"] < clock:
                raise Bad(f"{self.name} at {self.clock} is sent {diff}")
            self.apply(diff)
        self.log += [(clock, diff) for diff in self.pending + received]
        self.pending = []
        self.clock = clock
        self.lineage = answer["lineage"]

    def again(self, diff):
        """What was received may be merged from several diffs: its id tells of the last one alone."""
        return diff if diff["id"] in self.made else {**diff, "id": str(uuid.uuid4())}

    def go_back(self, answer):
        if not self.keeps_log:
            self.resets += 1
            self.clock, self.rows, self.pending = 0, {}, []
            return
        head = answer["restart_clock"]
        if head > self.clock:
            raise Bad(f"{self.name} at {self.clock} shall go on from {head}")
        self.restarts += 1
        self.clock, self.lineage = head, answer["lineage"]
        self.pending = [self.again(diff) for clock, diff in self.log if clock > head] + self.pending
        self.log = [(clock, diff) for clock, diff in self.log if clock <= head]


class World:
    def __init__(self, folder, port, seed):
        self.folder = folder
        self.port = port
        self.chance = random.Random(seed)
        self.owners = [f"restored-{seed}-{number}" for number in range(OWNERS)]
        self.tokens = {owner: token_for(folder, owner) for owner in self.owners}
        self.devices = {owner: [self.device(owner, name, name != "stock")
                                for name in ("one", "two", "three", "stock")]
                        for owner in self.owners}

    def device(self, owner, name, keeps_log):
        return Device(self.port, self.tokens[owner], owner, name, keeps_log)

    def all_devices(self):
        return [device for devices in self.devices.values() for device in devices]

    def live(self):
        """Not everybody comes every time: some are far behind where the database is set back."""
        for _ in range(ROUNDS):
            for device in self.chance.sample(self.all_devices(), OWNERS * 2):
                for _ in range(self.chance.randrange(3)):
                    device.write(self.chance)
                if self.chance.random() < 0.7:
                    device.sync()

    def sql(self, statements):
        subprocess.run(["mariadb", "--no-defaults", f"--socket={self.folder}/mysql.sock", "app"],
                       check=True, input=statements, text=True)

    def set_back(self):
        """What is done between the copy and its return is lost. (Nobody syncs meanwhile.)"""
        tables = [table for table, in select(self.folder, "SHOW TABLES")]
        self.live()
        self.sql("CREATE OR REPLACE DATABASE backup;" + "".join(
            f"CREATE TABLE backup.`{table}` LIKE app.`{table}`;"
            f"INSERT INTO backup.`{table}` SELECT * FROM app.`{table}`;" for table in tables))
        self.live()
        self.sql("".join(f"DROP TABLE app.`{table}`; RENAME TABLE backup.`{table}` TO app.`{table}`;"
                         for table in tables))
        subprocess.run([os.environ["MOBYNC_BIN"], "restored", "-c", f"{self.folder}/e2e.yaml"],
                       check=True, capture_output=True)

    def run(self):
        self.set_back()
        self.set_back()
        self.live()
        for _ in range(3):
            for device in self.all_devices():
                device.sync()
        for owner in self.owners:
            self.judge(owner)

    def judge(self, owner):
        table = {row: dict(zip(COLUMNS, cells)) for row, *cells in select(
            self.folder, f"SELECT id, {', '.join(COLUMNS)} FROM tasks WHERE owner_id = '{owner}'")}
        fresh = self.device(owner, "fresh", False)
        fresh.sync()
        for device in [fresh, *self.devices[owner]]:
            has = {row: {column: cell(fields.get(column)) for column in COLUMNS}
                   for row, fields in device.rows.items()}
            if has != table:
                differ = [row for row in has.keys() | table.keys() if has.get(row) != table.get(row)]
                raise Bad(f"{owner}: {device.name} and the table differ in {differ[0]}: "
                          f"{has.get(differ[0])}, {table.get(differ[0])}")
        known = {name for name, in select(
            self.folder, f"SELECT id FROM diffs WHERE owner = '{owner}' UNION "
                         f"SELECT id FROM mobync_known WHERE owner = '{owner}'")}
        for device in self.devices[owner]:
            if device.keeps_log and device.made - known:
                raise Bad(f"{owner}: of {device.name} is lost: {sorted(device.made - known)}")


def main():
    folder, port, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    world = World(folder, port, seed)
    try:
        world.run()
    except Bad as bad:
        print(f"BROKEN  seed {seed}: {bad}")
        sys.exit(1)
    print(f"seed {seed}: {sum(len(d.made) for d in world.all_devices())} diffs,",
          f"{sum(d.restarts for d in world.all_devices())} restarts,",
          f"{sum(d.resets for d in world.all_devices())} resets")
    if not all(any(d.restarts for d in devices) for devices in world.devices.values()):
        print("nobody had to go back: the seed shows nothing")
        sys.exit(1)


if __name__ == "__main__":
    main()
