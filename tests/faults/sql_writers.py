"""Other programs that write into the mapped tables by SQL, while phones sync: a backend, a job, an
administrator.

usage: sql_writers.py DIR RUN [--owners N] [--writers N] [--lead N]

Works until TERM, no faster than the phones of DIR/RUN.status: N transactions for each response that
they had, so that devices on a slow machine do not fall ever further behind. Every writer has a connection of its own, every other one at READ COMMITTED, the
others at REPEATABLE READ. None of them meets another one's rows out of order, so that without the
server and its triggers no statement of theirs could ever deadlock: each that does is a fault, and so
is a lock wait that times out, and any statement that fails for another reason than a lost
connection. DIR/RUN.writers holds the number of transactions that were committed, as it grows.
"""
import argparse
import os
import random
import signal
import subprocess
import threading
import uuid

ROWS = 6            # of one statement that writes several
FIRST = 300         # transactions that need no response
# 2026: a connection with TLS, which MariaDB 11.8 offers by itself, is lost as a fault of TLS.
LOST = ("ERROR 2002", "ERROR 2003", "ERROR 2006", "ERROR 2013", "ERROR 2026", "ERROR 1053",
        "ERROR 1927")


class Connection:
    """A client program that is fed statements, and answers each transaction with one line."""

    def __init__(self, folder, isolation):
        self.process = subprocess.Popen(
            ["mariadb", "--no-defaults", f"--socket={folder}/mysql.sock", "--user=mobync", "--batch",
             "--skip-column-names", "--unbuffered", "--default-character-set=utf8mb4", "app"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.send(f"SET SESSION TRANSACTION ISOLATION LEVEL {isolation};")

    def send(self, statements):
        self.process.stdin.write(f"{statements}\nSELECT 'done';\n")
        self.process.stdin.flush()
        return self.process.stdout.readline() == "done\n"

    def end(self):
        """The error that it ended with, if there was one."""
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        said = [line for line in self.process.stderr.read().splitlines() if line.startswith("ERROR")]
        self.process.wait()
        return said[0] if said else ""


class Writer:
    def __init__(self, load, number):
        self.load = load
        self.number = number
        self.chance = random.Random(number)
        self.isolation = "READ COMMITTED" if number % 2 == 0 else "REPEATABLE READ"
        self.made = 0
        self.committed = 0

    def step(self, made):
        return uuid.uuid5(uuid.NAMESPACE_OID, f"{self.load.owners[0]}-{self.number}-{made}")

    def transaction(self):
        """One of its kinds. Its own rows are s-WRITER-NUMBER; rows of the phones it changes one at a
        time, or several by one statement in the order of the key."""
        self.made += 1
        owner = self.chance.choice(self.load.owners)
        other = self.chance.choice(self.load.owners)
        own = f"s-{self.number}-{self.made}"
        last = f"s-{self.number}-{self.made - 1}"
        name = f"sql {own}"
        kinds = (
            f"INSERT INTO tasks (owner_id, id, name) VALUES ('{owner}', '{own}', '{name}')",
            f"INSERT INTO tasks (owner_id, id, name, done) VALUES "
            + ", ".join(f"('{owner}', '{own}-{i}', '{name}', {i % 2})" for i in range(ROWS)),
            f"UPDATE tasks SET name = '{name}' WHERE owner_id = '{owner}' AND id = "
            f"'t-{self.number % 2}-{self.chance.randrange(1, 40)}'",
            f"UPDATE tasks SET priority = {self.made} WHERE owner_id = '{owner}' "
            f"AND id LIKE 's-{self.number}-%' ORDER BY id LIMIT {ROWS}",
            f"UPDATE tasks SET priority = priority WHERE owner_id = '{owner}' AND id LIKE "
            f"'s-{self.number}-%'",
            f"DELETE FROM tasks WHERE owner_id = '{owner}' AND id LIKE 's-{self.number}-%' "
            f"ORDER BY id LIMIT 3",
            f"REPLACE INTO tasks (owner_id, id, name) VALUES ('{owner}', '{last}', '{name}, again')",
            f"INSERT INTO tasks (owner_id, id, name) VALUES ('{owner}', '{last}', '{name}') "
            f"ON DUPLICATE KEY UPDATE name = VALUES(name), done = 1",
            f"UPDATE IGNORE tasks SET owner_id = '{other}' WHERE owner_id = '{owner}' "
            f"AND id LIKE 's-{self.number}-%' ORDER BY id LIMIT 1",
            f"UPDATE IGNORE tasks SET id = '{own}' WHERE owner_id = '{owner}' "
            f"AND id LIKE 's-{self.number}-%' ORDER BY id LIMIT 1",
            f"INSERT INTO projects (owner_id, name) VALUES ('{owner}', '{name}'); "
            f"INSERT INTO steps (owner_id, sync_id, text, project_id) "
            f"VALUES ('{owner}', '{self.step(self.made)}', '{name}', LAST_INSERT_ID())",
            f"UPDATE steps SET text = '{name}, changed' WHERE owner_id = '{owner}' "
            f"AND sync_id = '{self.step(self.made - self.chance.randrange(1, 12))}'",
        )
        end = "ROLLBACK" if self.chance.random() < 0.2 else "COMMIT"
        return f"BEGIN; {self.chance.choice(kinds)}; {end};"

    def live(self):
        connection = None
        while not self.load.stopping.wait(self.load.pause_s):
            if self.load.is_ahead():
                continue
            try:
                if connection is None:
                    connection = Connection(self.load.folder, self.isolation)
                statements = self.transaction()
                if connection.send(statements):
                    self.committed += 1
                    continue
            except BrokenPipeError:
                pass
            said = connection.end() if connection is not None else ""
            connection = None
            if said and not said.startswith(LOST):
                self.load.faults.append(f"writer {self.number}: {said}: {statements}")
        if connection is not None:
            connection.end()


class Load:
    def __init__(self, options):
        self.folder = options.dir
        self.path = os.path.join(options.dir, f"{options.run}.writers")
        self.phones_path = os.path.join(options.dir, f"{options.run}.status")
        self.pause_s = options.pause_ms / 1000
        self.lead = options.lead
        self.responses = 0
        self.owners = [f"{options.run}-{number}" for number in range(options.owners)]
        self.stopping = threading.Event()
        self.faults = []
        self.writers = [Writer(self, number) for number in range(options.writers)]

    def committed(self):
        return sum(writer.committed for writer in self.writers)

    def is_ahead(self):
        return self.committed() >= FIRST + self.lead * self.responses

    def read_responses(self):
        try:
            with open(self.phones_path, encoding="ascii") as file:
                self.responses = int(file.read().split()[0])
        except FileNotFoundError:
            pass

    def write_status(self):
        with open(f"{self.path}.new", "w", encoding="ascii") as file:
            print(self.committed(), file=file)
        os.replace(f"{self.path}.new", self.path)

    def run(self):
        threads = [threading.Thread(target=writer.live) for writer in self.writers]
        for thread in threads:
            thread.start()
        while not self.stopping.wait(0.05):
            self.write_status()
            self.read_responses()
        for thread in threads:
            thread.join()
        self.write_status()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dir")
    parser.add_argument("run")
    parser.add_argument("--owners", type=int, default=2)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--pause-ms", type=int, default=10)
    parser.add_argument("--lead", type=int, default=8)
    load = Load(parser.parse_args())
    signal.signal(signal.SIGTERM, lambda *_: load.stopping.set())
    load.run()
    for fault in load.faults[:20]:
        print(fault)
    print(f"{load.committed()} transactions of {len(load.writers)} writers")
    return 1 if load.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
