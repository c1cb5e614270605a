"""Phones that write as fast as they can while something breaks, and the judgement afterwards.

They are clients by the rules of docs/client.md, without its patience, and write while their syncs
are in flight, too: who leaves out a rule differs from the table in the end.

usage: phones.py DIR PORT RUN [--owners N] [--devices N] [--readers N] [--sql] [--also DIR]
                 [--allow 200,502,503]

Works until TERM. Then every phone sends what is still unanswered until it is answered, all of them
pull until they are at rest, and for each owner the tables are held against what was answered:

  - every acknowledged id is stored or known, once; so is every other one after its resending
  - what one request brought has one clock, and no two pushes share one (nothing is half applied)
  - the clocks are 0, 1, 2, … without a gap (all this from the horizon on: docs/history.md 1)
  - every device, and one that starts from scratch, has exactly the rows of the tables
  - what a row refers to is of the same owner
  - nothing was refused: no device breaks a rule of the tables

Besides tasks, whose ids the devices make up, there are tables that the database numbers: projects,
and steps and marks that refer to them (faults/numbered.sql). Devices see UUIDs instead of the numbers,
and create a project in the push that refers to it. Each deletes its own projects, in every fourth
push, with all that refers to them.

Readers are devices that write nothing and pull all the while. With --sql other programs write into
the tables, too (sql_writers.py): some clocks are then theirs.

A response is good if its status is allowed and, unless it is a 200, it is the error of
docs/protocol.md: SERVER_BUSY with Retry-After, INTERNAL for a 500. Where 502 is allowed, it may also
end too early, as HTTP shows. RUN names the owners.
DIR/RUN.status holds two numbers, as they grow: pushes that were acknowledged, and responses that
said something else.
"""
import argparse
import base64
import collections
import hashlib
import hmac
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid

import client

PATIENCE_S = 60
SETTLE_S = 60
PAUSE_S = 0.02
SHARED_S = 0.2
LIMIT = 10          # diffs in a request: some writes wait for the next one
KEEP_MS = 5000
MODEL = "tasks"
# What devices see of each table, by SQL: the id, then the fields in the order of FIELDS.
FIELDS = {"tasks": ("name", "done", "priority"), "projects": ("name",), "steps": ("text", "project"),
          "marks": ("weight",)}
TABLES = {
    "tasks": "SELECT id, name, done, priority FROM tasks WHERE owner_id = '{owner}'",
    "projects": "SELECT sync_id, name FROM projects WHERE owner_id = '{owner}'",
    "steps": "SELECT s.sync_id, s.text, p.sync_id FROM steps s "
             "LEFT JOIN projects p ON p.id = s.project_id WHERE s.owner_id = '{owner}'",
    "marks": "SELECT CONCAT(p.sync_id, ':', m.number), m.weight FROM marks m "
             "JOIN projects p ON p.id = m.project_id WHERE m.owner_id = '{owner}'",
}
# The same rows by each index: where they differ, the database is broken, not what wrote into it.
# Of a secondary index no more than it holds: else the rows of the primary one would be read.
INDEXES = (("diffs", "PRIMARY", "id, logical_clock, seq, type, model, object_id, stored_at"),
           ("diffs", "owner_id", "id, logical_clock, seq"),
           ("mobync_known", "PRIMARY", "id, logical_clock, rejected"),
           ("mobync_known", "owner_clock", "id, logical_clock"))
FOREIGN = ("SELECT 'step', s.id FROM steps s JOIN projects p ON p.id = s.project_id "
           "WHERE s.owner_id = '{owner}' AND p.owner_id <> s.owner_id UNION ALL "
           "SELECT 'mark', m.number FROM marks m JOIN projects p ON p.id = m.project_id "
           "WHERE m.owner_id = '{owner}' AND p.owner_id <> m.owner_id")
CODES = {409: "INVALID_CLOCK", 500: "INTERNAL"}    # else SERVER_BUSY
TOO_OLD = "is older than the deletes"              # no other 409 is right
CUT_OFF = 0                  # allowed where 502 is: the worker died a little later
LOST = "lost"                # a 200 that the device never sees


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token_for(folder, owner):
    with open(os.path.join(folder, "jwt.key"), "rb") as file:
        key = file.read().removesuffix(b"\n")
    claims = {"sub": owner, "exp": int(time.time()) + 3600}
    signed = ".".join(base64url(json.dumps(part).encode())
                      for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    mac = hmac.new(key, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64url(mac)}"


def select(folder, statement):
    """The rows as lists of text; no value in these tests holds a tab or a line's end."""
    output = subprocess.run(
        ["mariadb", "--no-defaults", f"--socket={folder}/mysql.sock", "--user=mobync", "--batch",
         "--raw", "--skip-column-names", "--default-character-set=utf8mb4", "app", "-e", statement],
        check=True, capture_output=True, text=True).stdout
    return [line.split("\t") for line in output.splitlines()]


class Bad(Exception):
    """A response that no client may get."""


class Line:
    """One device's way to the server. No response at all is bad, too, and so is one that is whole for
    HTTP and no JSON. One that is cut off has the status CUT_OFF."""

    def __init__(self, port, token):
        self.port = port
        self.head = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.connection = None

    def post(self, request, meanwhile=lambda: None):
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            self.connection.request("POST", "/sync", json.dumps(request), self.head)
            meanwhile()
            response = self.connection.getresponse()
            text = response.read()
            return response.status, response.headers, json.loads(text)
        except http.client.IncompleteRead:
            self.connection = None
            return CUT_OFF, {}, {}
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.connection = None
            raise Bad(f"no answer in JSON: {error!r}") from error


def check_failed(status, headers, answer):
    code = CODES.get(status, "SERVER_BUSY")
    if (answer.get("success") is not False or answer.get("diffs") != []
            or answer.get("error", {}).get("code") != code):
        raise Bad(f"{status}: {answer}")
    if code == "SERVER_BUSY" and not headers.get("Retry-After", "").isdigit():
        raise Bad(f"{status} without Retry-After: {answer}")
    if status == 409 and TOO_OLD not in answer["message"]:
        raise Bad(f"{status}: {answer}")


class Device(client.Client):
    """A phone by the rules of docs/client.md, what it has sent, and what an answer must not hold.
    A busy one writes while a sync is in flight, too."""

    def __init__(self, port, token, owner, number, busy=False):
        super().__init__(owner)
        self.line = Line(port, token)
        self.number = number
        self.limit = LIMIT
        self.keep_ms = KEEP_MS
        self.chance = random.Random(f"{owner}-{number}") if busy else None
        self.allowed = {200}
        self.made = 0
        self.pushes = 0
        self.attempts = []      # the ids of each request …
        self.taken = []         # … and of those that were acknowledged
        self.sent_from = {}     # the clock at which an id was sent first
        self.refused = []
        self.status = None      # the last one
        self.statuses = collections.Counter()

    def has(self, row):
        return (MODEL, row) in self.rows

    def change(self, kind, row, **fields):
        self.local_write(kind, MODEL, row, fields)

    def write(self):
        """A create, a later change of it, what all devices of the owner fight for, and a delete."""
        self.pushes += 1
        name = f"{self.owner}-{self.number}-{self.pushes}"
        own = f"t-{self.number}-{self.pushes}"
        self.change("create", own, name=name, priority=self.pushes)
        self.write_shared(name)
        if self.pushes % 4 == 0:
            self.change("delete", f"t-{self.number}-{self.pushes - 2}")
        else:
            self.change("update", own, done=True)
        self.write_numbered(name)

    def uuid_of(self, *parts):
        return str(uuid.uuid5(uuid.NAMESPACE_OID, "-".join(map(str, (self.owner, *parts)))))

    def write_numbered(self, name):
        """A project and what refers to it, in one push or two. The first project of a device stays: all
        devices let the step that they share refer to theirs."""
        project = self.uuid_of("p", self.number, self.pushes)
        self.local_write("create", "projects", project, {"name": name})
        self.local_write("create", "steps", self.uuid_of("s", self.number, self.pushes),
                         {"text": name, "project": project})
        self.local_write("create", "marks", f"{project}:{self.pushes}", {"weight": self.pushes})
        before = self.uuid_of("s", self.number, self.pushes - 1)
        if self.pushes % 3 == 1 and ("steps", before) in self.rows:
            self.local_write("update", "steps", before, {"project": project})
        if self.pushes % 4 == 0:
            self.delete_project(self.uuid_of("p", self.number, self.pushes - 2))
        self.write_shared_step(name)

    def write_shared_step(self, name):
        step = self.uuid_of("shared", time.monotonic() // SHARED_S)
        fields = {"text": name, "project": self.uuid_of("p", self.number, 1)}
        kind = "update" if ("steps", step) in self.rows else "create"
        if kind == "update" and self.pushes % 5 == 4:
            kind, fields = "delete", {}
        self.local_write(kind, "steps", step, fields)

    def delete_project(self, project):
        for (model, row), fields in list(self.rows.items()):
            if fields.get("project") == project or row.startswith(f"{project}:"):
                self.local_write("delete", model, row, {})
        self.local_write("delete", "projects", project, {})

    def write_shared(self, name):
        """All devices have the same row in mind, and soon another: what went wrong stays so."""
        row = f"shared-{time.monotonic() // SHARED_S}"
        if not self.has(row):
            self.change("create", row, name=name)
        elif self.pushes % 7 == 6:
            self.change("delete", row)
        else:
            self.change("update", row, name=name, priority=self.made)
        return row

    def write_meanwhile(self):
        """Seldom enough for a sync to end."""
        if self.chance is None or self.chance.random() < 0.5:
            return
        name = f"{self.owner}-{self.number}-{self.pushes}, meanwhile"
        own = f"t-{self.number}-{self.pushes}"
        shared = self.write_shared(name)
        if self.has(own):
            self.change("update", own, name=name)
        if self.chance.random() < 0.2 and self.has(shared):
            self.change("delete", shared)
            self.change("create", shared, name=name, done=False)

    def attempt(self, allowed):
        """One request. True if it was answered with success."""
        self.allowed = allowed
        self.sync_once()
        return self.status == 200

    def at_rest(self, allowed):
        """One request. True if that was all."""
        self.allowed = allowed
        return self.sync_once() is None

    # What docs/client.md leaves to its reader.

    def new_id(self):
        self.made += 1
        return f"{self.owner}-{self.number}-{self.pushes}.{self.made}"

    def post(self, request):
        ids = [diff["id"] for diff in request["diffs"]]
        self.attempts.append(ids)
        for name in ids:
            self.sent_from.setdefault(name, request["logical_clock"])
        status, headers, answer = self.line.post(request, self.write_meanwhile)
        if status == 200 and not self.arrives():
            status = LOST
        self.status = status
        self.statuses[status] += 1
        if not self.allows(status, answer):
            raise Bad(f"{status}: {answer}")
        if status in (CUT_OFF, LOST):
            return None, {}, 0
        if status == 200:
            self.taken.append(ids)
        else:
            self.check_failed(status, headers, answer)
        return status, answer, int(headers.get("Retry-After", 0))

    def allows(self, status, _):
        return {CUT_OFF: 502, LOST: 200}.get(status, status) in self.allowed

    def check_failed(self, status, headers, answer):
        check_failed(status, headers, answer)

    def arrives(self):
        """Does the device see the response that the server has sent?"""
        return True

    def tell_user(self, refused):
        self.refused += refused

    def received(self, batch, body):
        if not self.restarting:
            self.check_executable(batch, body["diffs"])
        super().received(batch, body)

    def check_executable(self, batch, diffs):
        """docs/protocol.md 7.2, of what the device has not changed since."""
        later = {row_of(row.diff) for row in self.pending()[len(batch):]}
        there = set(self.rows)
        for diff in sorted(diffs, key=lambda diff: (diff["logical_clock"], diff["utc_timestamp"])):
            row = row_of(diff)
            if row in later:
                continue
            if diff["type"] == "create" and row in there:
                raise Bad(f"a create of {row}, which the device has")
            if diff["type"] == "update" and row not in there:
                raise Bad(f"an update of {row}, which the device does not have")
            (there.discard if diff["type"] == "delete" else there.add)(row)

    def steps(self):
        """The ids by the first request that named them: each of these is stored whole."""
        known = set()
        for ids in self.attempts:
            step = [name for name in ids if name not in known]
            known.update(step)
            if step:
                yield step


def row_of(diff):
    return diff["model"], json.loads(diff["json_data"])["id"]


class Load:
    def __init__(self, options):
        self.options = options
        self.owners = [f"{options.run}-{number}" for number in range(options.owners)]
        self.tokens = {owner: token_for(options.dir, owner) for owner in self.owners}
        self.devices = {owner: [self.device(owner, number, busy=True)
                                for number in range(options.devices)] for owner in self.owners}
        self.readers = {owner: [self.device(owner, f"r{number}")
                                for number in range(options.readers)] for owner in self.owners}
        self.stopping = threading.Event()
        self.faults = []
        self.told_by_index = False

    def device(self, owner, number, busy=False):
        return Device(self.options.port, self.tokens[owner], owner, number, busy)

    def all_devices(self):
        return [device for kind in (self.devices, self.readers) for devices in kind.values()
                for device in devices]

    def live(self, device):
        try:
            while not self.stopping.is_set():
                if device in self.readers[device.owner]:
                    device.attempt(self.options.allow)
                    time.sleep(PAUSE_S)
                    continue
                device.write()
                self.push(device)
        except (Bad, client.Stopped) as bad:
            self.faults.append(f"{device.owner}, device {device.number}: {bad}")

    def push(self, device):
        while device.pending() and not self.stopping.is_set():
            if not device.attempt(self.options.allow):
                time.sleep(PAUSE_S)

    def settle(self, device):
        until = time.monotonic() + SETTLE_S
        device.chance = None
        try:
            while not device.at_rest(self.options.allow | {200, 502, 503}):
                if time.monotonic() > until:
                    raise Bad("the server does not recover")
                time.sleep(PAUSE_S)
        except (Bad, client.Stopped) as bad:
            self.faults.append(f"{device.owner}, device {device.number}, at last: {bad}")

    def each_device(self, work):
        threads = [threading.Thread(target=work, args=(device,)) for device in self.all_devices()]
        for thread in threads:
            thread.start()
        return threads

    def counts(self):
        statuses = sum((device.statuses for device in self.all_devices()), collections.Counter())
        return statuses[200], statuses.total() - statuses[200] + len(self.faults)

    def write_status(self):
        path = os.path.join(self.options.dir, f"{self.options.run}.status")
        with open(f"{path}.new", "w", encoding="ascii") as file:
            print(*self.counts(), file=file)
        os.replace(f"{path}.new", path)

    def run(self):
        threads = self.each_device(self.live)
        while not self.stopping.wait(0.05):
            self.write_status()
        for thread in threads:
            thread.join()
        for _ in ("what is pending", "what the others had pending"):
            for thread in self.each_device(self.settle):
                thread.join()
        for owner in self.owners:
            self.judge(owner)

    # What holds for one owner, said of the tables.

    def select(self, statement):
        return [row for folder in (self.options.dir, *self.options.also)
                for row in select(folder, statement)]

    def judge(self, owner):
        clocks = collections.defaultdict(list)
        for name, clock in self.select(
                f"SELECT id, logical_clock FROM diffs WHERE owner = '{owner}' UNION ALL "
                f"SELECT id, logical_clock FROM mobync_known WHERE owner = '{owner}'"):
            clocks[name].append(int(clock))
        (following, horizon), = self.select(
            "SELECT next_clock, compacted_below FROM mobync_owners WHERE next_clock < 1 << 62 "
            f"AND owner = '{owner}'")
        for device in self.devices[owner]:
            for name in set().union(*device.taken) - clocks.keys():
                if device.sent_from[name] >= int(horizon):
                    self.faults.append(f"{name} was acknowledged and is not there")
            for entry in device.refused[:1]:
                self.faults.append(f"{len(device.refused)} refused of device {device.number}: {entry}")
        self.judge_clocks(owner, clocks, int(horizon), int(following))
        self.judge_rows(owner)

    def judge_clocks(self, owner, clocks, horizon, following):
        for device in self.devices[owner]:
            for step in device.steps():
                found = [clocks.get(name, []) for name in step]
                if not is_one_clock(found, 1 if device.sent_from[step[0]] >= horizon else 0, horizon):
                    self.faults.append(f"{step[0]} and with it: clocks {found}")
                    self.tell_by_index(owner, step)
        given = [clock for device in self.devices[owner] for ids in device.taken
                 for clock in {clock for name in ids for clock in clocks.get(name, [])}]
        if self.options.sql:
            given += self.clocks_of_others(owner, clocks)
        given = [clock for clock in given if clock >= horizon]
        if sorted(given) != list(range(horizon, following)):
            self.faults.append(f"{owner}: {len(given)} clocks were given of {following} from "
                               f"{horizon} on")

    def tell_by_index(self, owner, names):
        """What each index has of these ids, and what the database says of the tables."""
        if self.told_by_index:
            return
        self.told_by_index = True
        among = ", ".join(f"'{name}'" for name in names)
        for table, index, columns in INDEXES:
            for row in self.select(f"SELECT {columns} FROM {table} FORCE INDEX ({index}) "
                                   f"WHERE owner = '{owner}' AND id IN ({among}) "
                                   "ORDER BY logical_clock, id"):
                print(f"BY INDEX  {table}.{index}:", *row)
        for row in self.select("CHECK TABLE diffs, mobync_known EXTENDED"):
            print("CHECK    ", *row)

    def clocks_of_others(self, owner, clocks):
        """Of what no device sent: what other SQL wrote, unless it came to a push's own clock."""
        sent = {name for device in self.devices[owner] for ids in device.attempts for name in ids}
        theirs = {clock for name, of_id in clocks.items() if name not in sent for clock in of_id}
        return sorted(theirs - {clock for name in sent & clocks.keys() for clock in clocks[name]})

    def rows_of(self, owner):
        return {(model, row): dict(zip(FIELDS[model], cells)) for model, statement in TABLES.items()
                for row, *cells in self.select(statement.format(owner=owner))}

    def devices_to_judge(self, owner):
        fresh = self.device(owner, "fresh")
        self.settle(fresh)
        return [fresh, *self.devices[owner], *self.readers[owner]]

    def judge_rows(self, owner):
        table = self.rows_of(owner)
        for kind, number in self.select(FOREIGN.format(owner=owner)):
            self.faults.append(f"{owner}: the {kind} {number} refers to another owner's project")
        for device in self.devices_to_judge(owner):
            has = {row: cells_of(row, fields) for row, fields in device.rows.items()}
            if has != table:
                differ = [row for row in has.keys() | table.keys()
                          if has.get(row) != table.get(row)]
                self.faults.append(f"{owner}: device {device.number} and the tables differ in "
                                   f"{len(differ)} rows: {differ[0]}: {has.get(differ[0])}, "
                                   f"{table.get(differ[0])}")


def is_one_clock(found, least, horizon):
    """Of what one request brought. Below the horizon ids may be forgotten, one by one."""
    known = {clock for of_id in found for clock in of_id}
    return (all(least <= len(of_id) <= 1 for of_id in found)
            and len(known if least else {clock for clock in known if clock >= horizon}) <= 1)


def cells_of(row, fields):
    return {field: cell(fields.get(field)) for field in FIELDS[row[0]]}


def cell(value):
    """As the client program prints a column."""
    if value is None:
        return "NULL"
    return str(int(value)) if isinstance(value, bool) else str(value)


def listed(statuses):
    return ", ".join(f"{count} x {status or 'cut off'}"
                     for status, count in sorted(statuses.items(), key=str))


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("dir")
    parser.add_argument("port", type=int)
    parser.add_argument("run")
    parser.add_argument("--owners", type=int, default=5)
    parser.add_argument("--devices", type=int, default=2)
    parser.add_argument("--readers", type=int, default=0)
    parser.add_argument("--sql", action="store_true")
    parser.add_argument("--also", action="append", default=[])
    parser.add_argument("--allow", default="200",
                        type=lambda text: {int(status) for status in text.split(",")})
    return parser


def work(load):
    """The process's exit status."""
    signal.signal(signal.SIGTERM, lambda *_: load.stopping.set())
    load.run()
    statuses = sum((device.statuses for device in load.all_devices()), collections.Counter())
    print(f"{statuses.total()} syncs by {len(load.all_devices())} phones of {len(load.owners)} "
          f"owners:", listed(statuses))
    for fault in load.faults[:5]:
        print(f"BROKEN  {fault}")
    return 1 if load.faults else 0


if __name__ == "__main__":
    sys.exit(work(Load(arguments().parse_args())))
