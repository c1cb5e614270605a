"""The client of docs/client.md, line by line: the methods of Client are the functions of that page.

The device's database is in memory. A transaction is a method that nothing interrupts: one thread
calls all methods of a client.
"""
import dataclasses
import json
import random
import time
import uuid

LIMIT = 500
KEEP_MS = 30 * 24 * 3600 * 1000
LONGEST_PAUSE_S = 300


def now_ms():
    return int(time.time() * 1000)


@dataclasses.dataclass
class Logged:
    """A row of the table `diffs`. sent: None, or the clock of the response that confirmed it."""
    diff: dict
    sent: int | None = None


class Stopped(Exception):
    """Another try is of no use: the user has to sign in, or the client is at fault."""


class Client:
    """To be completed by post, new_token, sleep and tell_user."""

    def __init__(self, owner):
        self.owner = owner
        self.rows = {}          # (model, id) → fields
        self.diffs = []
        self.clock = 0
        self.lineage = None
        self.last_time = 0
        self.restarting = False
        self.limit = LIMIT
        self.keep_ms = KEEP_MS
        self.failures = 0
        self.token_is_new = False

    def post(self, request):
        """Status, body and Retry-After in seconds; the status is None, and the body empty, if no
        complete response in JSON came."""
        raise NotImplementedError

    def new_token(self):
        raise NotImplementedError

    def sleep(self, seconds):
        time.sleep(seconds)

    def tell_user(self, refused):
        pass

    def new_id(self):
        return str(uuid.uuid4())

    def pending(self):
        return [row for row in self.diffs if row.sent is None]

    def confirmed(self):
        return [row for row in self.diffs if row.sent is not None]

    def forget(self, rows):
        done = {id(row) for row in rows}
        self.diffs = [row for row in self.diffs if id(row) not in done]

    # The functions of the page.

    def local_write(self, kind, model, object_id, fields):
        self.last_time = max(now_ms(), self.last_time + 1)
        diff = {"id": self.new_id(), "owner": self.owner, "logical_clock": self.clock,
                "utc_timestamp": self.last_time, "type": kind, "model": model,
                "json_data": json.dumps({"id": object_id, **fields})}
        self.apply(diff)
        self.diffs.append(Logged(diff))

    def apply(self, diff):
        fields = json.loads(diff["json_data"])
        row = diff["model"], fields.pop("id")
        if diff["type"] == "delete":
            self.rows.pop(row, None)
        elif diff["type"] == "create":
            self.rows[row] = fields
        elif row in self.rows:
            self.rows[row].update(fields)

    def sync(self):
        while (wait := self.sync_once()) is not None:
            self.sleep(wait)

    def sync_once(self):
        batch = self.pending()[:self.limit]
        request = {"logical_clock": self.clock, "diffs": [row.diff for row in batch]}
        if self.lineage is not None:
            request["lineage"] = self.lineage
        status, body, retry_after = self.post(request)
        if status != 200:
            return self.failed(batch, status, body, retry_after)
        self.received(batch, body)
        if self.restarting and not self.pending():
            self.restarting = False
            self.reset()
            return 0
        return 0 if self.pending() else None

    def received(self, batch, body):
        refused = body.get("rejected", [])
        if body["logical_clock"] > self.clock:
            for diff in sorted(body["diffs"],
                               key=lambda diff: (diff["logical_clock"], diff["utc_timestamp"])):
                self.apply(diff)
            self.clock = body["logical_clock"]
            for row in self.pending()[len(batch):]:
                self.apply(row.diff)
        self.lineage = body.get("lineage")
        for row in batch:
            row.sent = self.clock
        self.tell_user(refused)
        ids = {entry["id"] for entry in refused}
        self.forget([row for row in batch if row.diff["id"] in ids])
        oldest = now_ms() - self.keep_ms
        self.forget([row for row in self.confirmed() if row.diff["utc_timestamp"] < oldest])
        self.failures = 0
        self.token_is_new = False

    def failed(self, batch, status, body, retry_after):
        error = body.get("error", {})
        code, field, culprit = (error.get(key) for key in ("code", "field", "diff_id"))
        if status is None or status in (408, 429) or status >= 500:
            self.failures += 1
            pause = min(2 ** self.failures, LONGEST_PAUSE_S) * random.uniform(0.5, 1)
            return max(retry_after, pause)
        if code == "INVALID_SYNC_TOKEN" and not self.token_is_new:
            self.new_token()
            self.token_is_new = True
        elif code == "INVALID_CLOCK" and (self.clock > 0 or self.lineage is not None):
            if "restart_clock" in body:
                for row in self.confirmed():
                    if row.sent > body["restart_clock"]:
                        row.sent = None
                if self.clock == 0:
                    self.reset()
                self.clock = body["restart_clock"]
                self.lineage = None
                self.restarting = True
            else:
                self.forget(self.confirmed())
                self.lineage = None
                self.reset()
        elif len(batch) > 1 and (code == "TOO_LARGE" or
                                 (code, field) == ("INVALID_REQUEST", "diffs")):
            self.limit = len(batch) // 2
        elif (culprit is not None and field != "owner") or (batch and code == "TOO_LARGE"):
            culprit = culprit or batch[0].diff["id"]
            self.tell_user([error])
            self.forget([row for row in batch if row.diff["id"] == culprit])
            self.reset()
        else:
            raise Stopped(f"{status}: {body}")
        return 0

    def reset(self):
        self.rows.clear()
        self.clock = 0
        for row in self.pending():
            self.apply(row.diff)
