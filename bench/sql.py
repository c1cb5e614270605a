"""What bench/sql measures, on stacks that it has started: NAME=DIR:PORT. Prints tables."""
import argparse
import glob
import http.client
import json
import os
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "faults"))
from phones import token_for  # noqa: E402

ONE_ROW_STATEMENTS = 300
MANY_ROWS = 10000
TIME_MS = 1604114123778


def median(values):
    return statistics.median(values)


class Sql:
    """A session, which runs one batch after the other."""

    def __init__(self, side):
        self.client = subprocess.Popen(
            ["mariadb", "--no-defaults", f"--socket={side.dir}/mysql.sock", "--user=mobync", "--unbuffered",
             "--skip-column-names", "app"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, text):
        self.client.stdin.write(text + ";\nSELECT 'end of it';\n")
        self.client.stdin.flush()
        lines = []
        while True:
            line = self.client.stdout.readline()
            if not line:
                raise RuntimeError("a statement failed")
            if line == "end of it\n":
                return lines
            lines.append(line.rstrip("\n"))


class Side:
    """A stack, and the processor time of its parts."""

    def __init__(self, argument):
        self.name, place = argument.split("=", 1)
        self.dir, port = place.rsplit(":", 1)
        self.port = int(port)
        self.mysql, self.master, self.nginx = (self.pid(name) for name in ("mysql", "mobync", "nginx"))
        self.sql = Sql(self)

    def pid(self, name):
        with open(f"{self.dir}/{name}.pid", encoding="ascii") as file:
            return int(file.read().split()[0])

    def workers(self):
        with open(f"/proc/{self.master}/task/{self.master}/children", encoding="ascii") as file:
            return [int(pid) for pid in file.read().split()]

    def database_us(self):
        return cpu_us(self.mysql)

    def workers_us(self):
        return sum(cpu_us(pid) for pid in self.workers())

    def peak_kib(self):
        return max(status_kib(pid, "VmHWM") for pid in self.workers())

    def forget_peaks(self):
        """Of memory that was in use before."""
        for pid in self.workers():
            with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
                file.write("5")

    def sync(self, owner, clock, diffs=()):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        body = json.dumps({"logical_clock": clock, "diffs": list(diffs)})
        connection.request("POST", "/sync", body, {"Authorization": f"Bearer {token_for(self.dir, owner)}",
                                                   "Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {content[:200]}")
        return content

    def timed_sync(self, *arguments):
        """Wall and processor time in milliseconds, and the bytes of the response."""
        used, began = self.database_us() + self.workers_us(), time.monotonic()
        content = self.sync(*arguments)
        wall = (time.monotonic() - began) * 1000
        return wall, (self.database_us() + self.workers_us() - used) / 1000, content

    def load(self, args, *options):
        """Of bench/load: processor time of workers and database, by request, and the rate."""
        line = subprocess.run(
            [args.load, "--port", str(self.port), "--key", f"{self.dir}/jwt.key", "--cpu", f"workers={self.master}",
             "--cpu", f"mariadbd={self.mysql}", "--warmup", "0.3", "--seconds", str(args.seconds), *options],
            check=True, capture_output=True, text=True).stdout
        facts = dict(part.split("=", 1) for part in line.split())
        parts = float(facts["cpu_workers"]), float(facts["cpu_mariadbd"])
        return sum(parts), float(facts["rate"]), *parts


def cpu_us(pid):
    """Of all threads, by the scheduler."""
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        try:
            with open(path, encoding="ascii") as file:
                total += int(file.read().split()[0])
        except FileNotFoundError:
            pass
    return total / 1000


def status_kib(pid, name):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(name + ":"))


def table(heads, rows):
    print("\n| " + " | ".join(heads) + " |\n|" + " --- |" * len(heads))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")


# --- what triggers add to statements

SIDES = ("none", "quiet", "recorded")


def value_of(field, number):
    return (f"'text {number} of {field}'", str(number), f"{number}.5", "'2026-11-29 11:02:03'")[field % 4]


def statements_of(kind, name, fields, many):
    """A batch: 1 row each, or many in one."""
    columns = ", ".join(f"f{i}" for i in range(fields))
    if many:
        values = ", ".join(value_of(i, 7) for i in range(fields))
        return {"INSERT": f"INSERT INTO {name} (owner_id, id, {columns}) SELECT 'ann', CONCAT('row-', seq), {values} FROM seq_1_to_{MANY_ROWS}",
                "UPDATE": f"UPDATE {name} SET f0 = CONCAT(f0, 'x'), f1 = f1 + 1",
                "DELETE": f"DELETE FROM {name}"}[kind]
    return ";\n".join({
        "INSERT": f"INSERT INTO {name} (owner_id, id, {columns}) VALUES ('ann', 'row-{n}', {', '.join(value_of(i, n) for i in range(fields))})",
        "UPDATE": f"UPDATE {name} SET f0 = 'changed {n}', f1 = f1 + 1 WHERE owner_id = 'ann' AND id = 'row-{n}'",
        "DELETE": f"DELETE FROM {name} WHERE owner_id = 'ann' AND id = 'row-{n}'"}[kind] for n in range(ONE_ROW_STATEMENTS))


def measure_batch(side, which, name, batch, times):
    side.sql.run(f"SET @mobync_own = {repr(name) if which == 'quiet' else 'NULL'}")
    used, began = side.database_us(), time.monotonic()
    side.sql.run(batch)
    times.setdefault(which, []).append((time.monotonic() - began, side.database_us() - used))


def statements(args, sides):
    side, rows = sides["now"], []
    for fields in (8, 30):
        side.sql.run(f"CREATE TABLE bare{fields} LIKE wide{fields}")
        for many in (False, True):
            times = {kind: {} for kind in ("INSERT", "UPDATE", "DELETE")}
            for turn in range(args.rounds):
                for which in SIDES[turn % 3:] + SIDES[:turn % 3]:
                    name = f"bare{fields}" if which == "none" else f"wide{fields}"
                    for kind, measured in times.items():
                        measure_batch(side, which, name, statements_of(kind, name, fields, many), measured)
                    side.sql.run("TRUNCATE mobync_changes")
            for kind, measured in times.items():
                rows.append(row_of(kind, fields, many, measured))
    print("\nWhat triggers add to the statements of other programs: the table without triggers, with triggers"
          "\nthat record nothing (as for the server's own writes), and as they are. Processor time of MariaDB;"
          "\nthe last column is time.")
    table(["statement", "fields", "without, µs a row", "quiet", "recorded", "quiet, times", "recorded, times", "time, times"], rows)


def row_of(kind, fields, many, measured):
    count = MANY_ROWS if many else ONE_ROW_STATEMENTS
    cpu = {which: median([used for _, used in measured[which]]) / count for which in SIDES}
    wall = {which: median([took for took, _ in measured[which]]) for which in SIDES}
    return (f"{kind}, {'10,000 rows' if many else '1 row'}", fields, *(f"{cpu[which]:.1f}" for which in SIDES),
            f"{cpu['quiet'] / cpu['none']:.2f}", f"{cpu['recorded'] / cpu['none']:.2f}", f"{wall['recorded'] / wall['none']:.2f}")


# --- a pull with nothing new, beside the tree before

def pull(args, sides):
    if "before" not in sides:
        return
    measured = {name: [] for name in sides}
    for turn in range(2 * args.rounds):
        for name in list(sides)[::1 if turn % 2 else -1]:
            measured[name].append(sides[name].load(args, "--mode", "pull0", "--connections", "8"))
    ratios = [now[0] / before[0] for now, before in zip(measured["now"], measured["before"])]
    print(f"\nA pull with nothing new, 8 connections: the look into the outbox is part of it. {2 * args.rounds} rounds by"
          "\nturns.")
    table(["", "processor time of the worker, µs", "of MariaDB", "of both", "requests/s"],
          [(label, *(f"{median([one[at] for one in measured[name]]):.0f}" for at in (2, 3, 0, 1)))
           for name, label in (("before", "before SQL writes"), ("now", "now"))]
          + [("ratio in a round", "", "", f"{median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})", "")])


# --- making diffs of rows

def changed(owner, count, number):
    return [{"id": f"d{number}-{i}", "owner": owner, "logical_clock": 0, "utc_timestamp": TIME_MS + number, "type": "update",
             "model": "tasks", "json_data": json.dumps({"id": f"task-{i}", "name": f"name {number}"})} for i in range(count)]


def fill_tasks(side, owner, count, start=0):
    side.sql.run(f"""SET @mobync_own = 'tasks';
        INSERT INTO tasks (owner_id, id, name, done, created_time, priority, score, tags)
        SELECT '{owner}', CONCAT('task-', seq), 'Buy milk, bread and eggs', 0, '2020-10-31T04:15:23.778', 3, 0.75, '["home","shop"]'
        FROM seq_{start}_to_{start + count - 1}; SET @mobync_own = NULL""")


def drain(args, sides):
    side, rows = sides["now"], []
    fill_tasks(side, "drained", 1000)
    clock = json.loads(side.sync("drained", 0))["logical_clock"]
    for count in (10, 1000):
        times = {"rows": [], "diffs": []}
        for turn in range(6 * args.rounds):
            side.sql.run(f"UPDATE tasks SET name = 'sql {count} {turn}' WHERE owner_id = 'drained' AND id IN "
                         f"({', '.join(repr(f'task-{i}') for i in range(count))})")
            wall, cpu, content = side.timed_sync("drained", clock)
            body = json.loads(content)
            assert len(body["diffs"]) == count, len(body["diffs"])
            times["rows"].append((wall, cpu))
            clock = json.loads(side.sync("drained", body["logical_clock"], changed("drained", count, turn + 1000 * count)))["logical_clock"]
            wall, cpu, content = side.timed_sync("drained", clock - 1)
            assert len(json.loads(content)["diffs"]) == count
            times["diffs"].append((wall, cpu))
        wall = {what: median([took for took, _ in times[what]]) for what in times}
        cpu = {what: median([used for _, used in times[what]]) for what in times}
        rows.append((f"{count:,}", f"{wall['diffs']:.1f}", f"{wall['rows']:.1f}", f"{cpu['diffs']:.1f}", f"{cpu['rows']:.1f}",
                     f"{cpu['rows'] / cpu['diffs']:.2f}"))
    print("\nThe first pull after other SQL has changed rows, which makes and stores diffs of them, and one"
          "\nof as many diffs that are stored already.")
    table(["rows", "stored diffs, ms", "rows, ms", "processor time, ms", "processor time of rows, ms", "times"], rows)


# --- the first sync

def fill_history(side, owner, objects, each):
    """Creates of all objects, then updates of one after the other."""
    side.sql.run(f"""SET unique_checks = 0, foreign_key_checks = 0;
        INSERT INTO diffs (owner, logical_clock, seq, id, `utc_timestamp`, type, model, object_id, json_data)
        SELECT '{owner}', seq DIV 1000, seq MOD 1000, MD5(CONCAT('{owner}', seq)), {TIME_MS} + seq, IF(seq < {objects}, 'create', 'update'),
            'tasks', CONCAT('task-', seq MOD {objects}), CONCAT('{{"id":"task-', seq MOD {objects},
            '","name":"Buy milk, bread and eggs","done":false,"created_time":"2020-10-31T04:15:23.778","priority":3,"score":0.75,"tags":["home","shop"]}}')
        FROM seq_0_to_{objects * each - 1};
        INSERT INTO mobync_owners (owner, next_clock) VALUES ('{owner}', {objects * each // 1000});
        SET unique_checks = 1, foreign_key_checks = 1""")
    fill_tasks(side, owner, objects)
    side.sql.run("ANALYZE TABLE diffs, tasks")


def first_of(args, side, owner, objects):
    side.sync(owner, 0)  # the owner's very first request compares tables and history
    side.forget_peaks()
    took = [side.timed_sync(owner, 0) for _ in range(args.rounds)]
    for _, _, content in took:
        assert content.count(b'"type":"create"') == objects, content.count(b'"type":"create"')
    return median([wall for wall, _, _ in took]), median([cpu for _, cpu, _ in took]), side.peak_kib(), len(took[0][2])


def first(args, sides):
    rows = []

    def add(what, side, owner, objects):
        wall, cpu, peak, size = first_of(args, side, owner, objects)
        rows.append((what, f"{objects:,}", f"{wall:.0f}", f"{cpu:.0f}", f"{size / 1e6:.1f}", f"{peak / 1024:.0f}"))
        print(rows[-1], file=sys.stderr)
        return cpu

    for each in (1, 10):
        cpu = {}
        for name, side in sides.items():
            owner = f"first-{each}"
            fill_history(side, owner, 10000, each)
            what = "from the tables" if name == "now" else "before: by folding the history"
            cpu[name] = add(f"{what}, {each} diff{'s' if each > 1 else ''} an object", side, owner, 10000)
        if len(cpu) == 2:
            rows.append(("**times faster**", "", "", f"{cpu['before'] / cpu['now']:.1f}", "", ""))
    for objects in sorted({100000, args.rows}):
        fill_tasks(sides["now"], f"large-{objects}", objects)
        add("from the tables, no history", sides["now"], f"large-{objects}", objects)
    print("\nThe first sync of a device: time to the last byte, processor time of worker and MariaDB, and the"
          "\nmost resident memory of a worker meanwhile.")
    table(["first sync", "objects", "ms", "processor time, ms", "MB sent", "memory, MiB"], rows)


# --- a device beside many rows

def table_rows(args, sides):
    side, rows, base = sides["now"], [], {}
    owner_rows = 100
    for total in sorted({10000, args.table_rows}):
        owners = total // owner_rows
        prefix = f"beside{total}-"
        generation = side.sql.run("SELECT generation FROM mobync_lineage WHERE slot = 0")[0]
        side.sql.run(f"""TRUNCATE tasks; SET @mobync_own = 'tasks', unique_checks = 0;
            INSERT INTO tasks (owner_id, id, name, done, created_time, priority, score, tags)
            SELECT CONCAT('{prefix}', o.seq), CONCAT('task-', c.seq), 'Buy milk, bread and eggs', 0, '2020-10-31T04:15:23.778', 3, 0.75, '["home"]'
            FROM seq_0_to_{owners - 1} o STRAIGHT_JOIN seq_0_to_{owner_rows - 1} c;
            INSERT INTO mobync_owners (owner, next_clock, reconciled, adopted) SELECT CONCAT('{prefix}', seq), 1, {generation}, 1 FROM seq_0_to_{owners - 1};
            SET @mobync_own = NULL, unique_checks = 1; ANALYZE TABLE tasks, mobync_owners""")
        for mode in ("pull0", "push1"):
            took = []
            for _ in range(args.rounds):
                took.append(side.load(args, "--mode", mode, "--connections", "8", "--pool", f"{prefix}:{min(owners, 100)}:1"))
                side.sql.run(f"UPDATE mobync_owners SET next_clock = 1 WHERE owner LIKE '{prefix}%'; TRUNCATE diffs")
            cpu = median([one[0] for one in took])
            base.setdefault(mode, cpu)
            rows.append((f"{total:,}", {"pull0": "pull, nothing new", "push1": "push of 1"}[mode], f"{cpu:.0f}",
                         f"{median([one[1] for one in took]):.0f}", f"{cpu / base[mode]:.2f}"))
    print("\nA device of one of 100 owners, who have 100 rows each, beside the rows of others, which no diff"
          "\ntells of.")
    table(["rows in the table", "request", "processor time of worker and MariaDB, µs", "requests/s", "times"], rows)


PARTS = {"statements": statements, "pull": pull, "drain": drain, "first": first, "table": table_rows}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--load", required=True)
    parser.add_argument("--parts", required=True)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--table-rows", type=int, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("sides", nargs="+")
    args = parser.parse_args()
    sides = {side.name: side for side in map(Side, args.sides)}
    for part in args.parts.split(","):
        PARTS[part](args, sides)


main()
