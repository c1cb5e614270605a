"""Phones that write as fast as they can while something breaks, and the judgement afterwards.

usage: phones.py DIR PORT RUN [--owners N] [--devices N] [--allow 200,502,503]

Works until TERM. Then every phone sends what is still unanswered until it is answered, all of them
pull until they are at rest, and for each owner the tables are held against what was answered:

  - every acknowledged id is stored or known, once; so is every other one after its resending
  - the ids of one push have one clock, and no two pushes share one (nothing is half applied)
  - the clocks are 0, 1, 2, … without a gap
  - every device, and one that starts from scratch, has exactly the rows of the table

A response is good if its status is allowed and, unless it is a 200, it is the error of
docs/protocol.md: SERVER_BUSY with Retry-After, INTERNAL for a 500, INVALID_SYNC_TOKEN for a 401. RUN
names the owners. DIR/RUN.status holds two numbers, as they grow: pushes that were acknowledged, and
responses that said something else.
"""
import argparse
import base64
import collections
import hashlib
import hmac
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time

PATIENCE_S = 60
SETTLE_S = 60
PAUSE_S = 0.02
TIME_MS = 1604114123778
CODES = {401: "INVALID_SYNC_TOKEN", 500: "INTERNAL"}    # else SERVER_BUSY


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
         "--raw", "--skip-column-names", "app", "-e", statement],
        check=True, capture_output=True, text=True).stdout
    return [line.split("\t") for line in output.splitlines()]


class Bad(Exception):
    """A response that no client may get."""


class Line:
    """One device's way to the server. A response that does not come at all is bad, too."""

    def __init__(self, port, token):
        self.port = port
        self.head = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.connection = None

    def post(self, clock, diffs):
        return self.post_body({"logical_clock": clock, "diffs": diffs})

    def post_body(self, body):
        body = json.dumps(body)
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            self.connection.request("POST", "/sync", body, self.head)
            answer = self.connection.getresponse()
            text = answer.read()
            return answer.status, answer.headers, json.loads(text)
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


class Device:
    """A phone with the stock client's rules, and what it has sent."""

    def __init__(self, port, token, owner, number):
        self.line = Line(port, token)
        self.owner = owner
        self.number = number
        self.clock = 0
        self.rows = {}
        self.pushes = 0
        self.pending = []
        self.sent = []          # the ids of each push
        self.acknowledged = set()
        self.statuses = collections.Counter()

    def write(self):
        """A create, a later change of it, what all devices of the owner fight for, and a delete."""
        self.pushes += 1
        name = f"{self.owner}-{self.number}-{self.pushes}"
        own = f"t-{self.number}-{self.pushes}"
        self.change("create", own, name=name, priority=self.pushes)
        if "shared" in self.rows:
            self.change("update", "shared", name=name)
        elif self.number == 0 and self.pushes == 1:
            self.change("create", "shared", name=name)
        if self.pushes % 4 == 0:
            self.change("delete", f"t-{self.number}-{self.pushes - 2}")
        else:
            self.change("update", own, done=True)
        self.sent.append([diff["id"] for diff in self.pending])

    def change(self, kind, row, **fields):
        data = {"id": row, **fields}
        self.pending.append({
            "id": f"{self.owner}-{self.number}-{self.pushes}.{len(self.pending)}",
            "owner": self.owner, "logical_clock": self.clock,
            "utc_timestamp": TIME_MS + self.pushes, "type": kind, "model": "tasks",
            "json_data": json.dumps(data)})
        self.apply(kind, data)

    def apply(self, kind, data):
        row = data["id"]
        if kind == "delete":
            self.rows.pop(row, None)
        elif kind == "create":
            if row in self.rows:
                raise Bad(f"a create of {row}, which the device has")
            self.rows[row] = {key: value for key, value in data.items() if key != "id"}
        elif row not in self.rows:
            raise Bad(f"an update of {row}, which the device does not have")
        else:
            self.rows[row].update((key, value) for key, value in data.items() if key != "id")

    def sync(self, allowed):
        """True if it was answered with success."""
        status, headers, answer = self.line.post(self.clock, self.pending)
        self.statuses[status] += 1
        if status not in allowed:
            raise Bad(f"{status}: {answer}")
        if status != 200:
            check_failed(status, headers, answer)
            return False
        self.acknowledged.update(diff["id"] for diff in self.pending)
        self.pending = []
        for diff in sorted(answer["diffs"], key=lambda d: (d["logical_clock"], d["utc_timestamp"])):
            self.apply(diff["type"], json.loads(diff["json_data"]))
        self.clock = answer["logical_clock"]
        return True


class Load:
    def __init__(self, options):
        self.options = options
        self.owners = [f"{options.run}-{number}" for number in range(options.owners)]
        self.tokens = {owner: token_for(options.dir, owner) for owner in self.owners}
        self.devices = {owner: [Device(options.port, self.tokens[owner], owner, number)
                                for number in range(options.devices)] for owner in self.owners}
        self.stopping = threading.Event()
        self.faults = []

    def all_devices(self):
        return [device for devices in self.devices.values() for device in devices]

    def live(self, device):
        try:
            while not self.stopping.is_set():
                device.write()
                while not device.sync(self.options.allow) and not self.stopping.is_set():
                    time.sleep(PAUSE_S)
        except Bad as bad:
            self.faults.append(f"{device.owner}, device {device.number}: {bad}")

    def settle(self, device):
        until = time.monotonic() + SETTLE_S
        try:
            while not device.sync(self.options.allow | {200, 502, 503}):
                if time.monotonic() > until:
                    raise Bad("the server does not recover")
                time.sleep(PAUSE_S)
        except Bad as bad:
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

    def judge(self, owner):
        clocks = collections.defaultdict(list)
        for name, clock in select(
                self.options.dir,
                f"SELECT id, logical_clock FROM diffs WHERE owner = '{owner}' UNION ALL "
                f"SELECT id, logical_clock FROM mobync_known WHERE owner = '{owner}'"):
            clocks[name].append(int(clock))
        pushes = [push for device in self.devices[owner] for push in device.sent]
        for device in self.devices[owner]:
            for name in device.acknowledged - clocks.keys():
                self.faults.append(f"{name} was acknowledged and is not there")
        self.judge_clocks(owner, clocks, pushes)
        self.judge_rows(owner)

    def judge_clocks(self, owner, clocks, pushes):
        given = []
        for push in pushes:
            of_push = {clock for name in push for clock in clocks[name]}
            if len(of_push) != 1 or any(len(clocks[name]) != 1 for name in push):
                self.faults.append(f"{push[0]} and with it: clocks "
                                   f"{[clocks[name] for name in push]}")
            given.extend(of_push)
        (following,), = select(self.options.dir,
                               f"SELECT next_clock FROM mobync_owners WHERE owner = '{owner}'")
        if sorted(given) != list(range(int(following))):
            self.faults.append(f"{owner}: {len(given)} clocks were given of {following}")

    def judge_rows(self, owner):
        columns = ("name", "done", "priority")
        table = {}
        for row, *cells in select(self.options.dir, f"SELECT id, {', '.join(columns)} FROM tasks "
                                  f"WHERE owner_id = '{owner}'"):
            table[row] = dict(zip(columns, cells))
        fresh = Device(self.options.port, self.tokens[owner], owner, "fresh")
        self.settle(fresh)
        for device in [fresh, *self.devices[owner]]:
            has = {row: {column: cell(fields.get(column)) for column in columns}
                   for row, fields in device.rows.items()}
            if has != table:
                differ = [row for row in has.keys() | table.keys()
                          if has.get(row) != table.get(row)]
                self.faults.append(f"{owner}: device {device.number} and the table differ in "
                                   f"{len(differ)} rows: {differ[0]}: {has.get(differ[0])}, "
                                   f"{table.get(differ[0])}")


def cell(value):
    """As the client program prints a column."""
    if value is None:
        return "NULL"
    return str(int(value)) if isinstance(value, bool) else str(value)


def listed(statuses):
    return ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dir")
    parser.add_argument("port", type=int)
    parser.add_argument("run")
    parser.add_argument("--owners", type=int, default=5)
    parser.add_argument("--devices", type=int, default=2)
    parser.add_argument("--allow", default="200",
                        type=lambda text: {int(status) for status in text.split(",")})
    load = Load(parser.parse_args())
    signal.signal(signal.SIGTERM, lambda *_: load.stopping.set())
    load.run()
    statuses = sum((device.statuses for device in load.all_devices()), collections.Counter())
    print(f"{statuses.total()} syncs by {len(load.all_devices())} phones of {len(load.owners)} "
          f"owners:", listed(statuses))
    for fault in load.faults[:5]:
        print(f"BROKEN  {fault}")
    sys.exit(1 if load.faults else 0)


if __name__ == "__main__":
    main()
