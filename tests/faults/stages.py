"""One push after the other, each broken at another command of its transaction.

usage: stages.py DIR PORT LINK RUN   LINK is where the workers look for their database

Broken means: the connection to the database is cut, or the worker is killed, before the command
reaches the database, or after the database has done it and before the worker hears of it. Or the
database drops the transaction with the command, and tells so by a flag of its answer, at the first
place that has it or at the last. Says `up` on a line once LINK can be used, begins with a line on
standard input, and says at the end which commands were hit, each in all six ways.
"""
import itertools
import sys
import time

import link
import phones

WAYS = (("cut", "before"), ("kill", "before"), ("cut", "after"), ("kill", "after"),
        ("drop", "at once"), ("drop", "late"))
DIFFS = 3
ROWS = 2
MOST_COMMANDS = 20


class Push:
    """A create, an update and a delete, of which all or nothing must stand in the tables."""

    def __init__(self, device):
        self.device = device
        device.pushes += 1
        self.name = name = f"{device.owner}.{device.pushes}"
        device.change("create", f"new-{device.pushes}", name=name)
        device.change("update", f"new-{device.pushes - 1}", name=name, done=True)
        device.change("delete", f"new-{device.pushes - 2}")
        self.ids = [row.diff["id"] for row in device.pending()]

    def stored(self, folder):
        """The clocks of its ids, in the tables."""
        names = ", ".join(f"'{name}'" for name in self.ids)
        return sorted(int(clock) for clock, in phones.select(
            folder, f"SELECT logical_clock FROM diffs WHERE owner = '{self.device.owner}' AND "
            f"id IN ({names}) UNION ALL SELECT logical_clock FROM mobync_known WHERE "
            f"owner = '{self.device.owner}' AND id IN ({names})"))


    def rows(self, folder):
        """How many rows of the table it has written."""
        (count,), = phones.select(folder, f"SELECT COUNT(*) FROM tasks WHERE "
                                  f"owner_id = '{self.device.owner}' AND name = '{self.name}'")
        return int(count)


class Stages:
    def __init__(self, folder, port, path, run):
        self.folder = folder
        self.link = link.Link(path, f"{folder}/mysql.sock")
        self.owner = f"{run}-stages"
        self.device = phones.Device(port, phones.token_for(folder, self.owner), self.owner, 0)
        self.faults = []

    def begin(self):
        for row in ("new--1", "new-0"):
            self.device.change("create", row, name="first")
        self.settle()

    def settle(self):
        until = time.monotonic() + phones.SETTLE_S
        while not self.device.attempt({200, 502, 503}):
            if time.monotonic() > until:
                raise phones.Bad(f"no success in {phones.SETTLE_S} s")
            time.sleep(0.02)

    def expect(self, what, wanted, got):
        if wanted != got:
            self.faults.append(f"{what}: wanted {wanted}, got {got}")

    def break_at(self, nth, deed, when, times=1):
        """The command that was hit; None if there is no nth."""
        push = Push(self.device)
        clock = self.device.clock
        trap = link.Trap(self.owner.encode(), nth, deed, when, times)
        self.link.trap = trap
        self.device.attempt({200, 502, 503})
        self.link.trap = None
        status = self.device.status
        stored, rows = push.stored(self.folder), push.rows(self.folder)
        self.settle()
        if trap.sprung_at is None:
            return None
        what = f"{deed} {when} {trap.sprung_at[:60]}"
        committed = trap.sprung_at == "COMMIT" and when == "after"
        self.expect(f"{what}: the response", self.answer_to(trap, times), status)
        took = status == 200 or committed
        whole = [clock] * DIFFS
        self.expect(f"{what}: what stands in the tables then", whole if took else [], stored)
        self.expect(f"{what}: the rows then", ROWS if took else 0, rows)
        self.expect(f"{what}: after it was sent again", whole, push.stored(self.folder))
        self.expect(f"{what}: the next clock", clock + 1, self.device.clock)
        return trap.sprung_at

    @staticmethod
    def answer_to(trap, times):
        if trap.deed == "kill":
            return 502
        # What is cut or dropped before COMMIT is resolved by another attempt, as long as there is
        # one. A COMMIT whose answer says that no transaction is open has worked.
        lost = trap.sprung_at == "COMMIT" and trap.deed == "cut"
        return 503 if lost or times > 1 else 200

    def run(self):
        self.begin()
        commands = None
        for deed, when in WAYS:
            hits = (self.break_at(nth, deed, when) for nth in range(MOST_COMMANDS))
            hit = list(itertools.takewhile(lambda command: command is not None, hits))
            commands = commands or hit
            self.expect(f"{deed} {when}: the commands that were hit", commands, hit)
        self.expect("the last of them", "COMMIT", commands[-1])
        print(*commands, sep="\n")
        # At every try.
        self.break_at(1, "cut", "after", times=100)
        for when in ("at once", "late"):
            self.break_at(1, "drop", when, times=100)
        self.judge()

    def judge(self):
        fresh = phones.Device(self.device.line.port, phones.token_for(self.folder, self.owner),
                              self.owner, "fresh")
        fresh.attempt({200})
        self.expect("a fresh device's rows", held(self.device), held(fresh))
        table = {row for row, in phones.select(
            self.folder, f"SELECT id FROM tasks WHERE owner_id = '{self.owner}'")}
        self.expect("the table's rows", {row for _, row in self.device.rows}, table)


def held(device):
    """A first sync brings every field, a device's own creates those that it set."""
    return {(model, row): {field: phones.cell(fields.get(field)) for field in phones.FIELDS[model]}
            for (model, row), fields in device.rows.items()}


def main():
    folder, port, path, run = sys.argv[1:]
    stages = Stages(folder, int(port), path, run)
    print("up", flush=True)
    sys.stdin.readline()
    try:
        stages.run()
    except (phones.Bad, phones.client.Stopped) as bad:
        stages.faults.append(str(bad))
    for fault in stages.faults[:10]:
        print(f"BROKEN  {fault}")
    sys.exit(1 if stages.faults else 0)


if __name__ == "__main__":
    main()
