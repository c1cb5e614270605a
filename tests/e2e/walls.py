"""Owners are isolated: what another owner has looks like what nobody has.

usage: walls.py DIR PORT MODE

Alice has a row, its diffs and, where MODE is quarantine, a refused diff. Mallory, a new owner for each
request, sends every kind of diff about hers and about one that nobody has, the same in length. Status,
headers and body must be equal once the two names are made one; so must be the time, measured in
turns, within a bound that a query more would not break and a wait would: what alice is doing must not
show, so everything is asked again while a transaction holds locks on all that is hers.
"""
import random
import re
import statistics
import subprocess
import sys
import time

from talk import Server, Verdicts, diff, select

ROUNDS = 40
ATTEMPTS = 12            # on a machine that does other work, too
PAUSE_S = 0.3            # before another one
SLACK_S = 0.001
SLACK_PART = 0.25
LOCKED_S = 1.5           # a lock wait of a sync takes 2 s before it is given up
LOCKED_ATTEMPTS = 3

HERS = {"row": "task-of-alice", "child": "note-of-alice", "diff": "diff-of-alice",
        "reject": "fail-of-alice", "owner": "alice"}
NOBODYS = {"row": "task-of-peter", "child": "note-of-peter", "diff": "diff-of-peter",
           "reject": "fail-of-peter", "owner": "peter"}


def task(ident, **more):
    return {"id": ident, "name": "n", **more}


# name: what mallory sends, one request after the other: (clock, [diff…])
PROBES = {
    "create": lambda m, n: [(0, [diff("d", m, "create", "tasks", task(n["row"]))])],
    "update": lambda m, n: [(0, [diff("d", m, "update", "tasks", task(n["row"]))])],
    "delete": lambda m, n: [(0, [diff("d", m, "delete", "tasks", {"id": n["row"]})])],
    "delete and create": lambda m, n: [(0, [
        diff("d", m, "delete", "tasks", {"id": n["row"]}),
        diff("e", m, "create", "tasks", task(n["row"]))])],
    "create, update, delete": lambda m, n: [(0, [
        diff("d", m, "create", "tasks", task(n["row"])),
        diff("e", m, "update", "tasks", task(n["row"], priority=2)),
        diff("f", m, "delete", "tasks", {"id": n["row"]})])],
    "create, then all from the start": lambda m, n: [
        (0, [diff("d", m, "create", "tasks", task(n["row"]))]), (0, [])],
    "delete of a child": lambda m, n: [(0, [diff("d", m, "delete", "notes", {"id": n["child"]})])],
    "child of that row": lambda m, n: [(0, [
        diff("d", m, "create", "notes", {"id": "mine", "task": n["row"]})])],
    "a diff id": lambda m, n: [(0, [diff(n["diff"], m, "create", "tasks", task("mine"))])],
    "a diff id, sent twice": lambda m, n: [
        (0, [diff(n["diff"], m, "create", "tasks", task("mine"))]),
        (0, [diff(n["diff"], m, "create", "tasks", task("mine"))])],
    "the id of a refused diff": lambda m, n: [(0, [
        diff(n["reject"], m, "create", "tasks", task("mine"))])],
    "a refused diff with that id": lambda m, n: [(0, [
        diff(n["reject"], m, "create", "tasks", {"id": "mine", "name": None})])],
    "a diff of that owner": lambda m, n: [(0, [
        diff("d", n["owner"], "create", "tasks", task("mine"))])],
    "a value that does not fit": lambda m, n: [(0, [
        diff("d", m, "update", "tasks", task(n["row"], priority="high"))])],
    "an unknown field": lambda m, n: [(0, [
        diff("d", m, "update", "tasks", task(n["row"], colour="red"))])],
    "a constraint": lambda m, n: [(0, [
        diff("d", m, "create", "tasks", task(n["row"], priority=-1))])],
    "a validation rule": lambda m, n: [(0, [
        diff("d", m, "create", "guarded", {"id": n["row"], "line": "forbidden"})])],
    "a model where it may not": lambda m, n: [(0, [
        diff("d", m, "delete", "guarded", {"id": n["row"]})])],
    "her own way": lambda m, n: [
        (0, [diff("d", m, "create", "tasks", task(n["row"], name="mine"))]),
        (1, [diff("e", m, "update", "tasks", task(n["row"], name="still mine"))]),
        (2, [diff("f", m, "delete", "tasks", {"id": n["row"]})]), (0, [])],
}

# Paths and headers that name her.
ELSEWHERE = {
    "a path": lambda n: ("GET", f"/sync/{n['row']}", {}),
    "a query": lambda n: ("POST", f"/sync?owner={n['owner']}", {}),
    "another method": lambda n: ("DELETE", f"/sync?id={n['row']}", {}),
    "a token that is no token": lambda n: ("POST", "/sync", {"Authorization": f"Bearer {n['owner']}"}),
    "the param of the login service": lambda n: ("POST", "/sync", {"Mobync-Owner": n["owner"]}),
    "health": lambda n: ("GET", f"/healthz?{n['owner']}", {}),
}


def made_one(text, mallory):
    for name in (*HERS.values(), *NOBODYS.values()):
        text = text.replace(name, "NAME")
    return re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}", "UUID", text.replace(mallory, "MALLORY"))


def seen(answer, mallory):
    """What can be compared of a response; of its length, nginx says as much as there is."""
    status, headers, body, _ = answer
    kept = [f"{key.lower()}: {value}" for key, value in headers
            if key.lower() not in ("date", "x-request-id")]
    return status, kept, made_one(body.decode(), mallory)


class Walls:
    def __init__(self, server, verdicts):
        self.server = server
        self.verdicts = verdicts
        self.mallories = 0

    def play(self, probe, names):
        """What is seen, and the seconds it took."""
        self.mallories += 1
        mallory = f"mallory{self.mallories:05}"
        answers = [self.server.sync(mallory, clock, diffs) for clock, diffs in probe(mallory, names)]
        return [seen(answer, mallory) for answer in answers], sum(answer[3] for answer in answers)

    def add_times(self, probe, hers, nobodys):
        for _ in range(ROUNDS):
            turns = [(HERS, hers), (NOBODYS, nobodys)]
            random.shuffle(turns)
            for names, times in turns:
                times.append(self.play(probe, names)[1])

    def as_long(self, probe):
        """Noise becomes less with each attempt, for all of them count; a difference stays."""
        times = [], []
        for _ in range(ATTEMPTS):
            self.add_times(probe, *times)
            hers, nobodys = map(statistics.median, times)
            if abs(hers - nobodys) <= SLACK_S + SLACK_PART * min(hers, nobodys):
                return True, hers, nobodys
            time.sleep(PAUSE_S)
        return False, hers, nobodys

    def compare(self):
        for name, probe in PROBES.items():
            self.verdicts.expect(name, self.play(probe, NOBODYS)[0], self.play(probe, HERS)[0])
        for name, parts in ELSEWHERE.items():
            answers = []
            for names in (NOBODYS, HERS):
                method, path, headers = parts(names)
                answers.append(seen(self.server.request(
                    method, path, b'{"logical_clock":0,"diffs":[]}' if method == "POST" else b"",
                    {"Content-Type": "application/json", **headers}), "mallory"))
            self.verdicts.expect(name, *answers)

    def measure(self):
        for name, probe in PROBES.items():
            equal, hers, nobodys = self.as_long(probe)
            self.verdicts.expect(f"time of {name}: {hers * 1e3:.2f} and {nobodys * 1e3:.2f} ms", True, equal)

    def under_locks(self):
        """While a transaction holds all that is hers."""
        with subprocess.Popen(
                ["mariadb", "--no-defaults", f"--socket={self.server.folder}/mysql.sock",
                 "--user=mobync", "--skip-column-names", "--unbuffered", "app"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
            # As a sync has it; REPEATABLE READ would also hold what lies between her rows and others'.
            holder.stdin.write("SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION; "
                               "SELECT 1 FROM mobync_owners WHERE owner = 'alice' FOR UPDATE; "
                               "UPDATE tasks SET name = 'held' WHERE owner_id = 'alice'; "
                               "UPDATE notes SET task = task WHERE owner_id = 'alice'; "
                               "SELECT 1 FROM diffs WHERE owner = 'alice' FOR UPDATE; SELECT 'held';\n")
            holder.stdin.flush()
            while holder.stdout.readline().strip() != "held":
                pass
            for name, probe in PROBES.items():
                free = any(self.play(probe, HERS)[1] < LOCKED_S for _ in range(LOCKED_ATTEMPTS))
                self.verdicts.expect(f"not held up by alice's locks: {name}", True, free)
            holder.stdin.close()


def everything_of(server, owner):
    tables = {"tasks": "owner_id", "notes": "owner_id", "diffs": "owner", "mobync_known": "owner",
              "mobync_owners": "owner", "mobync_rejects": "owner"}
    return {table: select(server.folder, f"SELECT * FROM {table} WHERE {column} = '{owner}' ORDER BY 1, 2, 3"
                          if table != "mobync_owners" else
                          f"SELECT * FROM {table} WHERE {column} = '{owner}'")
            for table, column in tables.items()}


def main():
    folder, port, mode = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    server, verdicts = Server(folder, port), Verdicts()
    walls = Walls(server, verdicts)
    first = [diff(HERS["diff"], "alice", "create", "tasks", task(HERS["row"])),
             diff("alice-2", "alice", "create", "notes", {"id": HERS["child"], "task": HERS["row"]})]
    verdicts.expect("alice pushes", 200, server.sync("alice", 0, first)[0])
    refused = server.sync("alice", 1, [
        diff(HERS["reject"], "alice", "create", "tasks", {"id": "x", "name": None}, 1),
        diff("alice-3", "alice", "create", "tasks", task("alice-more"), 1)])
    verdicts.expect("alice has a diff refused", 200 if mode == "quarantine" else 400, refused[0])
    before = everything_of(server, "alice")
    random.seed(time.time())
    walls.compare()
    walls.under_locks()
    walls.measure()
    verdicts.expect("nothing of alice's has changed", before, everything_of(server, "alice"))
    sys.exit(verdicts.failed)


if __name__ == "__main__":
    main()
