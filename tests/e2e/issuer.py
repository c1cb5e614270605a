#!/usr/bin/env python3
"""An issuer's key set over HTTPS, as good or as bad as the test wants it.

usage: issuer.py FOLDER CERTIFICATE KEY

Answers GET from FOLDER/jwks.json on a free port of 127.0.0.1, which is written to FOLDER/port, in
the way that FOLDER/mode names: ok, status, redirect_http, redirect, large, hang. Adds a line to
FOLDER/requests for each request. Reads both files for each request.
"""
import http.server
import os
import ssl
import sys
import time

FOLDER, CERTIFICATE, KEY = sys.argv[1:]


def path(name):
    return os.path.join(FOLDER, name)


def read(name):
    with open(path(name), "rb") as file:
        return file.read()


class Issuer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def send(self, status, body, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def ok(self):
        self.send(200, read("jwks.json"))

    def status(self):
        self.send(503, b'{"error":"unavailable"}')

    def redirect_http(self):
        self.send(302, b"", [("Location", f"http://127.0.0.1:{self.server.server_port}/moved")])

    def redirect(self):
        """To itself under another path, where it is ok."""
        if self.path == "/moved":
            self.ok()
        else:
            self.send(301, b"", [("Location", "/moved")])

    def large(self):
        self.send(200, read("jwks.json") + b" " * (256 * 1024))

    def hang(self):
        """Until the mode is another one, or the client has gone."""
        while read("mode").strip() == b"hang":
            time.sleep(0.05)
        self.ok()

    def do_GET(self):
        with open(path("requests"), "a", encoding="ascii") as file:
            file.write(self.path + " " + self.headers.get("User-Agent", "") + "\n")
        try:
            getattr(self, read("mode").strip().decode())()
        except OSError:
            self.close_connection = True

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def get_request(self):
        """The handshake is the thread's, so that who fails at it holds up nobody."""
        connection, address = super().get_request()
        connection.settimeout(20)
        return TLS.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, *_):
        pass


TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
TLS.load_cert_chain(CERTIFICATE, KEY)
# The port of the last run, if there was one: the server knows the URL.
port = int(read("port")) if os.path.exists(path("port")) else 0
with Server(("127.0.0.1", port), Issuer) as server:
    with open(path("port.new"), "w", encoding="ascii") as file:
        file.write(str(server.server_port))
    os.rename(path("port.new"), path("port"))
    with open(path("up"), "w", encoding="ascii") as file:
        file.write("up")
    server.serve_forever()
