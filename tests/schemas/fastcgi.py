"""POST /sync to `mobync serve` itself, without nginx: one connection, one request."""
import json
import socket
import struct

BEGIN, END, PARAMS, STDIN, STDOUT, STDERR = 1, 3, 4, 5, 6, 7
RESPONDER = 1
RECORD_MAX = 0xFFF8


def record(kind, content):
    return struct.pack(">BBHHBx", 1, kind, 1, len(content), 0) + content


def stream(kind, content):
    parts = [content[at:at + RECORD_MAX] for at in range(0, len(content), RECORD_MAX)]
    return b"".join(record(kind, part) for part in parts) + record(kind, b"")


def length(size):
    return bytes([size]) if size < 128 else struct.pack(">I", size | 1 << 31)


def pair(name, value):
    name, value = name.encode(), value.encode()
    return length(len(name)) + length(len(value)) + name + value


def read_exactly(peer, size):
    data = b""
    while len(data) < size:
        part = peer.recv(size - len(data))
        if not part:
            raise OSError("the server closed the connection")
        data += part
    return data


def read_output(peer):
    output = b""
    while True:
        _, kind, _, size, padding = struct.unpack(">BBHHBx", read_exactly(peer, 8))
        content = read_exactly(peer, size + padding)[:size]
        if kind == STDOUT:
            output += content
        elif kind == END:
            return output


def sync(path, owner, request):
    """Status and body, as `owner`, whom the parameter MOBYNC_OWNER names."""
    body = json.dumps(request).encode()
    params = {
        "REQUEST_METHOD": "POST", "DOCUMENT_URI": "/sync", "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)), "MOBYNC_OWNER": owner,
    }
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(20)
        peer.connect(path)
        peer.sendall(record(BEGIN, struct.pack(">HB5x", RESPONDER, 0))
                     + stream(PARAMS, b"".join(pair(*item) for item in params.items()))
                     + stream(STDIN, body))
        head, _, text = read_output(peer).partition(b"\r\n\r\n")
    status = 200
    for line in head.decode().split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "status":
            status = int(value.split()[0])
    return status, json.loads(text)
