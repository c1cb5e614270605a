"""One allocation after the other fails while a push is handled, then some at random.

usage: memory.py DIR PORT FILE RUN warm|cold|disturb   FILE is what failing_malloc.c counts in

warm, cold: the n-th allocation of the one worker fails, for every n that a push reaches, while this
alone sends; cold: some of a worker that has no link to the database yet. The answer is success or
tells the client to come again, never that its diffs are wrong; the push stands in the tables wholly
or not at all, and once after it was sent again.
disturb: while others send.
"""
import collections
import contextlib
import mmap
import os
import random
import signal
import struct
import sys
import time

import phones
import stages

# Each costs the start of a worker: some are drawn.
COLD_FAILURES = 40
RANDOM_FAILURES = 40
UNREACHED = 1 << 40
# Less than request_timeout, which ends whatever hangs.
SLOW_S = 15
# A library that a new worker sets up may wait for what never comes: then request_timeout ends it.
CUT_OFF_S = 20 + SLOW_S
GOOD = {200, 500, 502, 503}


class Memory:
    def __init__(self, folder, port, path, run, how):
        self.folder = folder
        self.owner = f"{run}-{how}"
        self.device = phones.Device(port, phones.token_for(folder, self.owner), self.owner, 0)
        with open(path, "r+b") as file:
            self.calls = mmap.mmap(file.fileno(), 8)
        self.faults = []
        self.answers = collections.Counter()
        self.slow_s = CUT_OFF_S if how == "cold" else SLOW_S

    def arm(self, nth):
        self.calls[:] = struct.pack("=q", nth)

    def left(self):
        return struct.unpack("=q", self.calls[:])[0]

    def send(self):
        self.device.attempt(GOOD)
        return self.device.status

    def settle(self):
        until = time.monotonic() + phones.SETTLE_S
        while self.send() != 200:
            if time.monotonic() > until:
                raise phones.Bad(f"no success in {phones.SETTLE_S} s")
            time.sleep(0.01)

    @staticmethod
    def keeps_house(pid):
        with contextlib.suppress(OSError):    # it has ended
            with open(f"/proc/{pid}/comm", encoding="ascii") as file:
                return file.read() == "housekeeper\n"
        return False

    def worker(self):
        """Its process id; 0 if there is none, or another process beside it."""
        with open(f"{self.folder}/mobync.pid", encoding="ascii") as file:
            master = int(file.read())
        with open(f"/proc/{master}/task/{master}/children", encoding="ascii") as file:
            children = [pid for pid in file.read().split() if not self.keeps_house(pid)]
        return int(children[0]) if len(children) == 1 else 0

    def chill(self):
        """The worker is a new one afterwards, and waits."""
        old = self.worker()
        if old:
            with contextlib.suppress(ProcessLookupError):    # it has ended by itself
                os.kill(old, signal.SIGKILL)
        until = time.monotonic() + phones.SETTLE_S
        while self.worker() in (0, old):
            if time.monotonic() > until:
                raise phones.Bad(f"no other worker in {phones.SETTLE_S} s")
            time.sleep(0.005)
        # The libraries behind a token set themselves up in thousands of allocations, which would
        # hide the others: this is refused once the token was looked at.
        self.device.line.post({"logical_clock": "none", "diffs": []})

    def fail_at(self, nth):
        push = stages.Push(self.device)
        clock = self.device.clock
        began = time.monotonic()
        self.arm(nth)
        status = self.send()
        reached = self.left() <= 0
        self.arm(0)
        took_s = time.monotonic() - began
        if took_s > self.slow_s:
            self.faults.append(f"allocation {nth}: a response after {took_s:.0f} s")
        stored = push.stored(self.folder)
        self.settle()
        whole = [clock] * stages.DIFFS
        if stored != whole and (status == 200 or stored):
            self.faults.append(f"allocation {nth}, answer {status}: {stored} of {whole}")
        again = push.stored(self.folder)
        if again != whole or self.device.clock != clock + 1:
            self.faults.append(f"allocation {nth}, sent again: {again} of {whole}")
        self.answers[status] += reached

    def taken(self):
        """How many allocations a push takes."""
        stages.Push(self.device)
        self.arm(UNREACHED)
        self.settle()
        taken = UNREACHED - self.left()
        self.arm(0)
        return taken

    def in_turn(self, cold):
        for row in ("new--1", "new-0"):
            self.device.change("create", row, name="first")
        self.settle()
        if cold:
            self.chill()
        taken = self.taken()
        chosen = range(1, taken + 1)
        if cold:
            chosen = random.sample(chosen, COLD_FAILURES)
        for nth in chosen:
            if cold:
                self.chill()
            self.fail_at(nth)
        print(f"{self.answers.total()} of {taken} allocations failed:",
              phones.listed(self.answers))
        if self.answers.total() < min(taken, COLD_FAILURES) / 2:
            self.faults.append("hardly any allocation failed")

    def disturb(self):
        for _ in range(RANDOM_FAILURES):
            self.arm(random.randrange(1, 400))
            time.sleep(0.05)
        self.arm(0)


def main():
    folder, port, path, run, how = sys.argv[1:]
    memory = Memory(folder, int(port), path, run, how)
    try:
        if how == "disturb":
            memory.disturb()
        else:
            memory.in_turn(how == "cold")
    except (phones.Bad, phones.client.Stopped) as bad:
        memory.faults.append(str(bad))
    memory.arm(0)
    for fault in memory.faults[:10]:
        print(f"BROKEN  {fault}")
    sys.exit(1 if memory.faults else 0)


if __name__ == "__main__":
    main()
