"""A server that says what a case tells it to, and notes what it was asked."""
import http.server
import json
import socketserver
import threading
import time

# In the place of a status: what a network does.
LOST = "lost"          # the request arrived, the response did not
CUT = "cut"            # half of the response
NOT_JSON = "not json"  # somebody else's page, with status 200


def told(kind, row, clock=0, time_ms=1, model="tasks", **fields):
    """A diff of another device."""
    return {"id": f"told-{row}-{clock}-{kind}", "owner": "o", "logical_clock": clock,
            "utc_timestamp": time_ms, "type": kind, "model": model,
            "json_data": json.dumps({"id": row, **fields})}


def success(clock, *diffs, **more):
    return 200, {"success": True, "message": "", "logical_clock": clock, "diffs": list(diffs), **more}, {}


def failure(status, code, head=None, top=None, **error):
    return status, {"success": False, "message": code, "error": {"code": code, **error},
                    "logical_clock": 0, "diffs": [], **(top or {})}, head or {}


class Request:
    def __init__(self, head, body):
        self.at = time.monotonic()
        self.token = head.get("Authorization", "").removeprefix("Bearer ")
        self.content_type = head.get("Content-Type", "")
        self.body = json.loads(body)
        self.diffs = self.body["diffs"]
        self.ids = [diff["id"] for diff in self.diffs]
        self.clock = self.body["logical_clock"]
        self.lineage = self.body.get("lineage")

    def objects(self):
        """(type, id of the object) of each diff."""
        return [(diff["type"], json.loads(diff["json_data"])["id"]) for diff in self.diffs]


class Fake(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Takes one of the responses for each request. A response is a triple of status, body and
    headers, one of LOST, CUT and NOT_JSON, or a function of the request that returns one."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, *responses):
        super().__init__(("127.0.0.1", 0), Handler)
        self.responses = list(responses)
        self.requests = []
        self.excess = 0
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # a client that has been killed

    def take(self, request):
        with self.lock:
            self.requests.append(request)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            if not self.responses:
                self.excess += 1
                return failure(403, "TOO_MANY_REQUESTS_IN_THIS_CASE")
            response = self.responses.pop(0)
        return response(request) if callable(response) else response

    def sent(self):
        return [request.ids for request in self.requests]

    def clocks(self):
        return [request.clock for request in self.requests]

    def end(self):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != "/sync":
            return self.answer(404, b"{}", {})
        response = self.server.take(Request(self.headers, body))
        try:
            if response == LOST:
                self.close_connection = True
            elif response == NOT_JSON:
                self.answer(200, b"<html>Please sign in to this network</html>", {})
            elif response == CUT:
                self.cut()
            else:
                status, said, head = response
                self.answer(status, json.dumps(said).encode(), head)
        finally:
            with self.server.lock:
                self.server.at_once -= 1

    def answer(self, status, text, head):
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": len(text),
                            **head}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(text)

    def cut(self):
        text = json.dumps(success(9, told("create", "cut", name="n"))[1]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text[:-3])
        self.close_connection = True
