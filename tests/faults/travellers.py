"""Phones that stay away, while the server folds its history behind them, and the judgement.

usage: travellers.py … --history KEEP,DELETES, otherwise as phones.py

The server keeps whole diffs for KEEP seconds and deletes for DELETES (history.sh). Devices stay away
for up to half as long again, write meanwhile, and lose some responses. Of readers copies are put
away, which come back at the end from where they were. Besides what phones.py judges, this holds:

  - what one device alone wrote is in the tables as it wrote it, and what it deleted is not
  - what another device deleted does not come back

save where docs/history.md 3 says otherwise: a delete has no effect where the server may take it for
one that is sent again: of what the device sent before, KEEP ago, or from clock 0. And a create that
is sent again after DELETES may bring back what is gone; where it does not, a later update is
refused.
"""
import copy
import random
import sys
import time

import phones

AWAY_IN = 8             # one push in so many is followed by an absence
LOST_IN = 8             # one response in so many gets lost
COPY_S = 1
MOST_COPIES = 10        # of an owner's readers
# The database counts age in whole seconds, and the server's begins later than the request.
MARGIN_S = 2


class Term:
    """How long the server keeps what a returning device needs."""

    def __init__(self, text):
        self.keep_s, self.deletes_s = map(int, text.split(","))

    def absence_s(self, chance):
        return chance.uniform(0, 1.5 * self.deletes_s)


class Traveller(phones.Device):
    """Remembers what it wrote to objects that are its own. Every second one sends "reset"."""

    def __init__(self, term, at, owner, number, busy):
        super().__init__(*at, owner, number, busy)
        self.term = term
        self.hunted = (number + 1) if busy else None
        self.resets = busy and number % 2 == 1
        self.common = set()     # steps that all devices write
        self.own = {}           # what it wrote: fields, or None for a delete
        self.doubtful = set()   # objects whose delete may be taken for one that is sent again
        self.late = set()       # those whose create may be taken for a new one
        self.unsure = False     # something pending is doubtful: it may be refused
        self.first_sent = {}    # by id, a time
        self.restarts = 0

    # What it writes.

    def uuid_of(self, *parts):
        name = super().uuid_of(*parts)
        if parts[0] == "shared":
            self.common.add(("steps", name))
        return name

    def write(self):
        super().write()
        self.change("create", f"game-{self.number}-{self.pushes}", name=f"{self.owner}, hunted")
        for model, row in list(self.rows):
            if row.startswith(f"game-{self.hunted}-"):
                self.local_write("delete", model, row, {})

    def local_write(self, kind, model, object_id, fields):
        super().local_write(kind, model, object_id, fields)
        row = model, object_id
        if object_id.startswith("shared-") or row in self.common:
            return
        if kind == "delete":
            self.own[row] = None
            if self.clock == 0 and self.restarts > 0:
                self.doubtful.add(row)
        elif kind == "create":
            self.own[row] = dict(fields)
        elif self.own.get(row) is not None:
            self.own[row].update(fields)

    # What is lost, and what becomes of it.

    def arrives(self):
        return self.chance is None or self.chance.randrange(LOST_IN) > 0

    def post(self, request):
        if self.resets:
            request["reset"] = True
        begun = time.monotonic()
        try:
            return super().post(request)
        finally:
            self.note_resent(request["diffs"], begun)

    def note_resent(self, diffs, begun):
        now = time.monotonic()
        for diff in diffs:
            age = now - self.first_sent.setdefault(diff["id"], begun)
            if self.first_sent[diff["id"]] == begun:
                continue
            if age > self.term.keep_s - MARGIN_S:
                self.doubtful.add(phones.row_of(diff))
            if age > self.term.deletes_s - MARGIN_S:
                self.late.add(phones.row_of(diff))
                self.unsure = True

    def begins_again(self):
        """What is pending comes from clock 0 then."""
        self.restarts += 1
        self.unsure = True
        self.doubtful |= {phones.row_of(row.diff) for row in self.pending()}

    def reset(self):
        self.begins_again()
        super().reset()

    def received(self, batch, body):
        if body.get("reset"):
            self.begins_again()
            self.forget(self.confirmed())
            self.rows.clear()
        super().received(batch, body)
        self.unsure = self.unsure and bool(self.pending())

    def may_be_refused(self, answer):
        return self.unsure and "diff_id" in answer.get("error", {})

    def allows(self, status, answer):
        return super().allows(status, answer) or (status in (400, 409) and self.may_be_refused(answer))

    def check_failed(self, status, headers, answer):
        if not (status in (400, 409) and self.may_be_refused(answer)):
            super().check_failed(status, headers, answer)

    def tell_user(self, refused):
        diffs = {row.diff["id"]: row.diff for row in self.diffs}
        for entry in refused:
            if self.unsure:
                self.doubtful.add(phones.row_of(diffs[entry.get("id") or entry["diff_id"]]))
            else:
                self.refused.append(entry)


class Load(phones.Load):
    def __init__(self, options):
        self.term = Term(options.history)
        super().__init__(options)
        self.copies = {owner: [] for owner in self.owners}

    def device(self, owner, number, busy=False):
        device = Traveller(self.term, (self.options.port, self.tokens[owner]), owner, number, busy)
        if busy:
            device.hunted %= self.options.devices
        return device

    def all_devices(self):
        return [*super().all_devices(), *sum(self.copies.values(), [])]

    def live(self, device):
        chance = random.Random(f"{device.owner}-{device.number}, away")
        copied = 0
        try:
            while not self.stopping.is_set():
                away = chance.randrange(AWAY_IN) == 0
                if device.chance is None:
                    device.attempt(self.options.allow)
                    self.stopping.wait(self.term.absence_s(chance) if away else phones.PAUSE_S)
                    if time.monotonic() - copied > COPY_S:
                        copied = time.monotonic()
                        self.put_away(device)
                    continue
                device.write()
                if away:
                    self.stay_away(device, chance)
                self.push(device)
        except (phones.Bad, phones.client.Stopped) as bad:
            self.faults.append(f"{device.owner}, device {device.number}: {bad}")

    def stay_away(self, device, chance):
        """Before it goes, it may send what it writes, and not hear of it."""
        if chance.randrange(2) == 0:
            device.attempt(self.options.allow)
        self.stopping.wait(self.term.absence_s(chance))
        device.write()

    def put_away(self, reader):
        if reader.clock == 0:
            return
        copies = self.copies[reader.owner]
        twin = self.device(reader.owner, f"{reader.number} at {reader.clock}")
        twin.rows = copy.deepcopy(reader.rows)
        twin.clock, twin.lineage = reader.clock, reader.lineage
        twin.resets = len(copies) % 2 == 0
        if len(copies) < MOST_COPIES:
            copies.append(twin)
        else:
            copies[random.randrange(MOST_COPIES)] = twin

    # The judgement.

    def devices_to_judge(self, owner):
        return super().devices_to_judge(owner) + self.copies[owner]

    def judge_rows(self, owner):
        super().judge_rows(owner)
        table = self.rows_of(owner)
        for row, wanted in self.expected(owner).items():
            wanted = None if wanted is None else phones.cells_of(row, wanted)
            if table.get(row) != wanted:
                self.faults.append(f"{owner}: {row} is {table.get(row)}, but its devices wrote "
                                   f"{wanted}")

    def expected(self, owner):
        """By object, of those that nobody doubts: what was written, or None."""
        wanted, doubted = {}, set()
        for device in self.devices[owner]:
            for row, fields in device.own.items():
                if row not in wanted or fields is None:
                    wanted[row] = fields
            doubted |= device.late
            doubted |= {row for row in device.doubtful if device.own.get(row, 0) is None}
        return {row: fields for row, fields in wanted.items() if row not in doubted}

    def tell(self):
        devices = self.all_devices()
        doubted = set().union(*(device.doubtful | device.late for device in devices))
        known = sum(len(self.expected(owner)) for owner in self.owners)
        print(f"{sum(device.restarts for device in devices)} times one of them began again; "
              f"{len(doubted)} objects in doubt, {known} not; "
              f"{sum(map(len, self.copies.values()))} came back at last")


def main():
    parser = phones.arguments()
    parser.add_argument("--history", required=True)
    load = Load(parser.parse_args())
    status = phones.work(load)
    load.tell()
    sys.exit(status)


if __name__ == "__main__":
    main()
