"""The client under test: a program that reads commands and writes replies, one JSON object a line
(docs/client.md 5)."""
import json
import queue
import shutil
import subprocess
import tempfile
import threading

PATIENCE_S = 60
ENDED = {"failed": "its process has ended"}


class Failed(Exception):
    """The client, or its driver, does not do what it should."""


class Unsupported(Exception):
    """The driver says so of a command that it need not have."""


class Driver:
    """The process, and the replies that are still to come."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, encoding="utf-8")
        self.number = 0
        self.waiting = {}
        self.has_ended = False
        self.lock = threading.Lock()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            reply = json.loads(line)
            with self.lock:
                replies = self.waiting.pop(reply["n"])
            replies.put(reply)
        with self.lock:
            self.has_ended = True
            for replies in self.waiting.values():
                replies.put(ENDED)

    def send(self, command):
        replies = queue.Queue()
        with self.lock:
            if self.has_ended:
                replies.put(ENDED)
                return replies
            self.number += 1
            self.waiting[self.number] = replies
            try:
                print(json.dumps({"n": self.number, **command}), file=self.process.stdin, flush=True)
            except OSError:
                replies.put(ENDED)
        return replies

    def end(self):
        self.process.kill()
        self.process.wait()
        try:
            self.process.stdin.close()
        except OSError:
            pass  # what was not written yet


class Phone:
    """One device. What it stores is in a folder of its own, which outlives its process."""

    def __init__(self, command, url, owner="o", tokens=("t1", "t2")):
        self.command = command
        self.hello = {"url": url, "owner": owner, "tokens": list(tokens)}
        self.folder = tempfile.mkdtemp(prefix="mobync-phone.")
        self.start()

    def start(self):
        self.driver = Driver(self.command)
        self.do("open", folder=self.folder, **self.hello)

    def send(self, do, **more):
        """A queue that gets the reply."""
        return self.driver.send({"do": do, **more})

    @staticmethod
    def reply(replies, patience_s=PATIENCE_S):
        try:
            reply = replies.get(timeout=patience_s)
        except queue.Empty:
            raise Failed(f"no reply of the driver in {patience_s} s") from None
        if "unsupported" in reply:
            raise Unsupported(reply["unsupported"])
        if "failed" in reply:
            raise Failed(f"the driver: {reply['failed']}")
        return reply

    def do(self, do, **more):
        return self.reply(self.send(do, **more))

    def write(self, kind, row, model="tasks", **fields):
        self.do("write", type=kind, model=model, id=row, fields=fields)

    def sync(self):
        """None, or why the client has given up."""
        return self.do("sync").get("stopped")

    def table(self, model="tasks"):
        """{id: fields that are not null}"""
        rows = self.do("rows", model=model)["rows"]
        table = {row["id"]: {name: value for name, value in row.items()
                             if name != "id" and value is not None} for row in rows}
        if len(table) != len(rows):
            raise Failed("a table has two rows of one id")
        return table

    def refused(self):
        return sorted(entry["id"] for entry in self.do("rejected")["rejected"])

    def crash(self):
        """As by a power failure, and up again."""
        self.driver.end()
        self.start()

    def end(self):
        self.driver.end()
        shutil.rmtree(self.folder, ignore_errors=True)
