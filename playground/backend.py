"""What the page of the playground cannot do itself: tokens, SQL as another backend, `mobync explain`,
and bundles of the engines for a browser. For scripts/up alone, which gives it a socket that its nginx reads from.

usage: backend.py DIR BINARY CONFIG
"""
import base64
import hashlib
import hmac
import http.server
import json
import os
import re
import socketserver
import subprocess
import sys
import time

FOLDER, BINARY, CONFIG = sys.argv[1:]
TOKEN_S = 24 * 3600
PATIENCE_S = 20
NPM_PATIENCE_S = 300
BUNDLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bundle")
OWN_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$")


def run(*command, given=""):
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=PATIENCE_S)
    return done.stdout + done.stderr


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(owner):
    """As the app's own login service would sign it."""
    with open(os.path.join(FOLDER, "jwt.key"), "rb") as file:
        key = file.read().removesuffix(b"\n")
    claims = {"sub": owner, "exp": int(time.time()) + TOKEN_S}
    signed = ".".join(base64url(json.dumps(part).encode())
                      for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    return f"{signed}.{base64url(hmac.new(key, signed.encode(), hashlib.sha256).digest())}"


def sql(statements):
    return run("mariadb", "--no-defaults", f"--socket={FOLDER}/mysql.sock", "--user=mobync", "--table",
               "-vv", "--default-character-set=utf8mb4", "app", given=statements)


def explain(owner, model, id_):
    return run(BINARY, "explain", "-c", CONFIG, "--owner", owner, "--model", model, "--id", id_)


class Failed(Exception):
    """What the page shows."""


def engine(name):
    done = subprocess.run([BUNDLE, name, os.path.join(FOLDER, "www", "bundled")],
                          capture_output=True, text=True, timeout=NPM_PATIENCE_S)
    if done.returncode != 0:
        raise Failed(done.stderr)
    return name


QUESTIONS = {
    "/backend/engine": lambda asked: engine(asked["engine"]),
    "/backend/token": lambda asked: token(asked["owner"]),
    "/backend/sql": lambda asked: sql(asked["sql"]),
    "/backend/explain": lambda asked: explain(asked["owner"], asked["model"], asked["id"]),
}


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def is_own_page(self):
        """A page of another site can send neither this content type nor this name of a host."""
        return (self.headers.get("Content-Type") == "application/json"
                and OWN_HOST.match(self.headers.get("Host", "")))

    def do_POST(self):
        answer = QUESTIONS.get(self.path)
        if answer is None or not self.is_own_page():
            return self.reply(403, {})
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            self.reply(200, {"text": answer(asked)})
        except Failed as failure:
            self.reply(500, {"text": str(failure)})
        except (KeyError, OSError, subprocess.TimeoutExpired) as error:
            self.reply(500, {"text": repr(error)})

    def reply(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def address_string(self):
        return "nginx"


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


if __name__ == "__main__":
    path = os.path.join(FOLDER, "sql.sock")
    if os.path.exists(path):
        os.unlink(path)
    Server(path, Handler).serve_forever()
