#!/usr/bin/env python3
"""Three devices of one owner, driven at random against a server that works, behind a network that
does not: requests and responses are lost or cut off, devices lose their power, and the app writes
while its syncs are in flight.

usage: random_runs.py --url URL --owner OWNER --token TOKEN [--seed N] [--steps 60] [--devices 3]
                      COMMAND [ARGUMENT…]

COMMAND drives the client (docs/client.md 5). The server has a model `tasks` with the fields name (a
string, required), done (a boolean) and priority (an integer). In the end all devices, and a new
one, must have the same rows, and of the rows that only one device writes, its last word.
"""
import argparse
import http.client
import http.server
import random
import socketserver
import sys
import threading
import time
import urllib.parse

from phone import Failed, Phone, Unsupported

SHARED_ROWS = 5
OWN_ROWS = 3
SETTLE_ROUNDS = 20
PATIENCE_S = 240


class Network(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Passes requests on to the server. `faults` is the share of those that something happens to."""

    daemon_threads = True

    def __init__(self, url, chance):
        super().__init__(("127.0.0.1", 0), Passage)
        self.to = urllib.parse.urlsplit(url)
        self.chance = chance
        self.faults = 0.0
        self.happened = 0
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request, client_address):
        pass

    def fault(self):
        if self.chance.random() >= self.faults:
            return None
        self.happened += 1
        return self.chance.choice(["request lost", "response lost", "response cut"])


class Passage(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fault = self.server.fault()
        self.close_connection = True
        if fault == "request lost":
            return
        status, head, text = self.forward(body)
        if fault == "response lost":
            return
        self.send_response(status)
        for name in ("Content-Type", "Retry-After"):
            if name in head:
                self.send_header(name, head[name])
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text[:-5] if fault else text)

    def forward(self, body):
        connection = http.client.HTTPConnection(self.server.to.hostname, self.server.to.port, timeout=90)
        head = {name: self.headers[name] for name in ("Authorization", "Content-Type")}
        connection.request("POST", self.path, body, head)
        response = connection.getresponse()
        text = response.read()
        connection.close()
        return response.status, response.headers, text


class Device:
    """A phone, and what it must have of its own rows in the end."""

    def __init__(self, number, phone, chance):
        self.number = number
        self.phone = phone
        self.chance = chance
        self.own = {}
        self.shared = set()
        self.syncs = []

    def write(self):
        if self.chance.random() < 0.5:
            self.write_own(f"own-{self.number}-{self.chance.randrange(OWN_ROWS)}")
        else:
            self.write_shared(f"shared-{self.chance.randrange(SHARED_ROWS)}")

    def fields(self):
        everything = {"name": f"n{self.chance.randrange(1000)} é", "done": self.chance.random() < 0.5,
                      "priority": self.chance.randrange(100)}
        count = self.chance.randint(1, 3)
        return dict(self.chance.sample(sorted(everything.items()), count))

    def write_own(self, row):
        fields = self.fields()
        if row not in self.own:
            fields.setdefault("name", "new")
            self.phone.write("create", row, **fields)
            self.own[row] = fields
        elif self.chance.random() < 0.2:
            self.phone.write("delete", row)
            del self.own[row]
        else:
            self.phone.write("update", row, **fields)
            self.own[row].update(fields)

    def write_shared(self, row):
        if row not in self.phone.table():
            self.phone.write("create", row, **{"name": "new", **self.fields()})
        elif self.chance.random() < 0.15:
            self.phone.write("delete", row)
        else:
            self.phone.write("update", row, **self.fields())

    def step(self):
        deed = self.chance.random()
        if deed < 0.6:
            self.write()
        elif deed < 0.97:
            self.syncs.append(self.phone.send("sync"))
        else:
            self.syncs.clear()
            self.phone.crash()

    def await_syncs(self):
        for replies in self.syncs:
            self.check(Phone.reply(replies, PATIENCE_S))
        self.syncs.clear()

    def check(self, reply):
        if "stopped" in reply:
            raise Failed(f"device {self.number} has stopped: {reply['stopped']}")

    def sync(self):
        self.check(Phone.reply(self.phone.send("sync"), PATIENCE_S))


def settle(devices):
    """Without faults, until two rounds leave the same."""
    before = None
    for _ in range(SETTLE_ROUNDS):
        for device in devices:
            device.sync()
        tables = [device.phone.table() for device in devices]
        if tables == before:
            return tables
        before = tables
    raise Failed(f"the devices are not at rest after {SETTLE_ROUNDS} syncs each")


def judge(devices, tables):
    for device, table in zip(devices, tables):
        refused = device.phone.refused()
        if refused:
            raise Failed(f"device {device.number}: refused: {refused}")
        for key in sorted(set(table) | set(tables[0])):
            if table.get(key) != tables[0].get(key):
                raise Failed(f"device {device.number} has {key} = {table.get(key)}, "
                             f"device 0 has {tables[0].get(key)}")
        mine = {row: fields for row, fields in table.items()
                if row.startswith(f"own-{device.number}-")}
        if mine != device.own:
            raise Failed(f"device {device.number} wrote {device.own}, and has {mine}")


def play(options, network, devices):
    chance = random.Random(options.seed)
    network.faults = 0.2
    for _ in range(options.steps):
        chance.choice(devices).step()
        time.sleep(chance.random() * 0.02)
    for device in devices:
        device.await_syncs()
    network.faults = 0.0
    newcomer = Device(len(devices), Phone(options.command, network.url, options.owner, [options.token]),
                      chance)
    devices.append(newcomer)
    tables = settle(devices)
    judge(devices, tables)
    return len(tables[0])


def arguments():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].split("\n\n")[0])
    for name in ("url", "owner", "token"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--devices", type=int, default=3)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    return parser.parse_args()


def main():
    options = arguments()
    network = Network(options.url, random.Random(options.seed + 1))
    devices = []
    try:
        for number in range(options.devices):
            phone = Phone(options.command, network.url, options.owner, [options.token])
            devices.append(Device(number, phone, random.Random(options.seed + 2 + number)))
        rows = play(options, network, devices)
        print(f"ok      {options.owner}, seed {options.seed}: {options.steps} steps, "
              f"{network.happened} faults, {rows} rows on all devices")
        return 0
    except (Failed, Unsupported) as error:
        print(f"FAILED  {options.owner}, seed {options.seed}: {error}")
        return 1
    finally:
        for device in devices:
            device.phone.end()


if __name__ == "__main__":
    sys.exit(main())
