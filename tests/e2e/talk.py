"""Shared by the e2e tests that are in Python: requests over one connection, diffs, rows."""
import http.client
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "faults"))
from phones import select, token_for  # noqa: E402, F401

TIME_MS = 1604114123778


class Server:
    """The stack in a folder, behind its nginx."""

    def __init__(self, folder, port):
        self.folder = folder
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.tokens = {}

    def request(self, method, path, body=b"", headers=()):
        """Status, headers, body, and how many seconds that took."""
        began = time.monotonic()
        self.connection.request(method, path, body, dict(headers))
        answer = self.connection.getresponse()
        content = answer.read()
        return answer.status, answer.getheaders(), content, time.monotonic() - began

    def token(self, owner):
        if owner not in self.tokens:
            self.tokens[owner] = token_for(self.folder, owner)
        return self.tokens[owner]

    def sync(self, owner, clock, diffs=()):
        return self.send(owner, "POST", "/sync", {"logical_clock": clock, "diffs": list(diffs)})

    def send(self, owner, method, path, body=None, headers=()):
        """As the owner, a body as JSON."""
        sent = b"" if body is None else json.dumps(body).encode()
        return self.request(method, path, sent, {
            "Authorization": f"Bearer {self.token(owner)}", "Content-Type": "application/json", **dict(headers)})

    def call(self, owner, method, path, body=None, headers=()):
        """Status, and the JSON of the response."""
        status, _, content, _ = self.send(owner, method, path, body, headers)
        return status, json.loads(content)


def diff(ident, owner, kind, model, data, clock=0):
    return {"id": ident, "owner": owner, "logical_clock": clock, "utc_timestamp": TIME_MS,
            "type": kind, "model": model, "json_data": json.dumps(data)}


class Verdicts:
    """As expect of lib.sh: a line for each, and whether one failed."""

    def __init__(self):
        self.failed = False

    def expect(self, what, wanted, got):
        if wanted == got:
            print(f"ok      {what}")
            return
        print(f"FAILED  {what}\n        wanted: {wanted}\n        got:    {got}")
        self.failed = True
