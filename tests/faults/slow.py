"""Clients that are slower than any phone.

usage: slow.py PORT TOKEN send|read COUNT

send: each sends a request's head and then a byte of its body now and then; read: each asks for an
answer of some MiB and reads none of it. Says `there` once all are at it; until TERM.
"""
import base64
import json
import socket
import sys
import time

LARGE_PUSHES, LARGE_DIFFS = 4, 2000
DRIP_S = 0.3


def head(token, length):
    return (f"POST /sync HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {token}\r\nContent-Length: {length}\r\n\r\n").encode()


def connect(port):
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", port))
    return client


def ask(port, token, body):
    client = connect(port)
    client.sendall(head(token, len(body)) + body)
    return client


def fill(port, token, owner):
    """A history whose answer no buffer of a socket holds."""
    for push in range(LARGE_PUSHES):
        diffs = [{"id": f"{owner}-{push}-{i}", "owner": owner, "logical_clock": push,
                  "utc_timestamp": 1, "type": "create", "model": "tasks",
                  "json_data": json.dumps({"id": f"{push}-{i}", "name": "n" * 250})}
                 for i in range(LARGE_DIFFS)]
        client = ask(port, token, json.dumps({"logical_clock": push, "diffs": diffs}).encode())
        answer = client.recv(64)
        if b" 200 " not in answer:
            sys.exit(f"the large history is not taken: {answer}")
        client.close()


def owner_of(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"]


def main():
    port, token, how, count = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
    if how == "send":
        clients = [connect(port) for _ in range(count)]
        for client in clients:
            client.sendall(head(token, 1000))
    else:
        fill(port, token, owner_of(token))
        clients = [ask(port, token, b'{"logical_clock":0,"diffs":[]}') for _ in range(count)]
    time.sleep(0.2)    # until nginx has read them: nothing here can tell
    print("there", flush=True)
    while True:
        time.sleep(DRIP_S)
        if how == "send":
            for client in clients:
                client.send(b" ")


if __name__ == "__main__":
    main()
