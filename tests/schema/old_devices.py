"""Devices of a server of the past, and how they go on after its upgrade.

usage: old_devices.py write DIR PORT STATE [--refused]
       old_devices.py go_on DIR PORT STATE

`write` plays a fixed story on the stack in DIR, and writes to STATE where it leaves the devices: one
has not received the response to its last push, another has writes that it has not sent yet.
--refused: a diff of the story is refused alone. `go_on` lets these devices sync with the stack in
DIR. They are strict (tests/faults/phones.py), and in the end, for each owner:

  - every device, and a new one, has exactly the rows of the table
  - every diff that a device has ever made is stored or known, once
  - the clock goes on from where it was
"""
import argparse
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "faults"))
import client  # noqa: E402
import phones  # noqa: E402

COLUMNS = ("name", "done", "priority", "score", "tags")
OWNERS = ("alice", "Björn ☃ 😀")
KEPT = ("owner", "number", "clock", "lineage", "last_time")


class Device(phones.Device):
    def __init__(self, port, token, owner, number):
        super().__init__(port, token, owner, number)
        self.ids = []

    def new_id(self):
        self.ids.append(client.Client.new_id(self))
        return self.ids[-1]

    def write(self, kind, row, **fields):
        self.local_write(kind, phones.MODEL, row, fields)

    def lose_response(self):
        """The server takes the push, and the device hears nothing of it."""
        status, _, answer = self.line.post(
            {"logical_clock": self.clock, "diffs": [row.diff for row in self.pending()]})
        if status != 200:
            raise phones.Bad(f"{status}: {answer}")

    def state(self):
        return {**{name: getattr(self, name) for name in KEPT}, "ids": self.ids,
                "rows": [[*row, fields] for row, fields in sorted(self.rows.items())],
                "pending": [row.diff for row in self.pending()]}

    def restore(self, state):
        for name in (*KEPT, "ids"):
            setattr(self, name, state[name])
        self.rows = {(model, row): fields for model, row, fields in state["rows"]}
        self.diffs = [client.Logged(diff) for diff in state["pending"]]
        return self


def devices_of(folder, port, owner, count):
    token = phones.token_for(folder, owner)
    return [Device(port, token, owner, number) for number in range(count)]


def story(one, two, refused):
    """What the diff table and mobync_known can hold of an owner: merged fields with their times, ids
    that took effect inside another diff, or had no effect, deletes, and a refused diff."""
    one.write("create", "t1", name="Buy milk 🥛", priority=1, tags=[1, 2], score=0.5)
    one.write("create", "t2", name="Ünïcode", done=False)
    one.sync()
    two.sync()
    two.write("update", "t1", done=True)
    two.write("update", "t2", name="two's")
    one.write("update", "t1", name="one's", priority=2)
    one.write("create", "t3", name="three")
    one.write("update", "t3", priority=3)
    two.sync()
    one.sync()
    two.write("delete", "t2")
    two.write("create", "t4", name="four")
    two.write("delete", "t4")
    two.sync()
    if refused:
        one.write("create", "refused", name="x" * 300)
        one.sync()
    one.write("update", "t1", name="not lost")
    one.write("create", "t5", name="five")
    one.lose_response()
    two.write("update", "t3", name="later")
    two.write("delete", "t1")


def write(options):
    states = []
    for owner in OWNERS:
        one, two = devices_of(options.dir, options.port, owner, 2)
        story(one, two, options.refused)
        states += [one.state(), two.state()]
    with open(options.state, "w", encoding="utf-8") as file:
        json.dump(states, file, ensure_ascii=False, indent=1)
        file.write("\n")


def cells(values):
    """As the client program prints columns; of JSON, what it means."""
    *others, tags = values
    if isinstance(tags, str):
        tags = None if tags == "NULL" else json.loads(tags)
    return [*map(phones.cell, others), tags]


def rows_of_table(folder, owner):
    return {row: cells(values) for row, *values in phones.select(
        folder, f"SELECT id, {', '.join(COLUMNS)} FROM tasks WHERE owner_id = '{owner}'")}


def rows_of_device(device):
    return {row: cells([fields.get(name) for name in COLUMNS])
            for (_, row), fields in device.rows.items()}


def judge(folder, devices, fresh):
    owner = fresh.owner
    table = rows_of_table(folder, owner)
    for device in [*devices, fresh]:
        if rows_of_device(device) != table:
            raise phones.Bad(f"{owner}: device {device.number} has {rows_of_device(device)}, "
                             f"the table {table}")
    known = [name for name, in phones.select(
        folder, f"SELECT id FROM diffs WHERE owner = '{owner}' UNION ALL "
                f"SELECT id FROM mobync_known WHERE owner = '{owner}'")]
    made = [name for device in devices for name in device.ids]
    if sorted(name for name in known if name in made) != sorted(made):
        raise phones.Bad(f"{owner}: of {sorted(made)}, the server knows {sorted(known)}")


def go_on(options):
    with open(options.state, encoding="utf-8") as file:
        states = json.load(file)
    for owner in OWNERS:
        devices = devices_of(options.dir, options.port, owner, 2)
        for device, state in zip(devices, (s for s in states if s["owner"] == owner)):
            device.restore(state)
        before = max(device.clock for device in devices)
        for device in (*devices, *devices):
            device.sync()
        devices[0].write("update", "t3", priority=7)
        devices[1].write("create", "t6", name="after the upgrade")
        for device in (*devices, *devices):
            device.sync()
        fresh, = devices_of(options.dir, options.port, owner, 1)
        fresh.sync()
        # The push whose response was lost, two's, and one each.
        if not devices[0].clock == devices[1].clock == fresh.clock == before + 4:
            raise phones.Bad(f"{owner}: clocks {[d.clock for d in (*devices, fresh)]} after {before}")
        judge(options.dir, devices, fresh)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=["write", "go_on"])
    parser.add_argument("dir")
    parser.add_argument("port", type=int)
    parser.add_argument("state")
    parser.add_argument("--refused", action="store_true")
    options = parser.parse_args()
    try:
        {"write": write, "go_on": go_on}[options.work](options)
    except (phones.Bad, client.Stopped, subprocess.CalledProcessError) as bad:
        print(f"BROKEN  {bad}")
        sys.exit(1)


if __name__ == "__main__":
    main()
