#!/usr/bin/env python3
"""A push service's end of the webhook.

usage: webhook.py FOLDER

Answers POST on a free port of 127.0.0.1, which is written to FOLDER/port, in the way that
FOLDER/mode names: a status, or hang. Adds a line to FOLDER/calls for each call: time in ms, path,
signature, body. Reads the mode for each call.
"""
import http.server
import os
import sys
import time

FOLDER = sys.argv[1]


def path(name):
    return os.path.join(FOLDER, name)


def mode():
    with open(path("mode"), encoding="ascii") as file:
        return file.read().strip()


class Service(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with open(path("calls"), "a", encoding="utf-8") as file:
            file.write(f"{time.time_ns() // 1000000} {self.path} "
                       f"{self.headers.get('X-Mobync-Signature', '-')} {body}\n")
        while mode() == "hang":
            time.sleep(0.05)
        self.send_response(int(mode()))
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


port = 0
if os.path.exists(path("port")):  # of the last run: the server knows the URL
    with open(path("port"), encoding="ascii") as old:
        port = int(old.read())
with Server(("127.0.0.1", port), Service) as server:
    with open(path("port.new"), "w", encoding="ascii") as new:
        new.write(str(server.server_port))
    os.rename(path("port.new"), path("port"))
    server.serve_forever()
