"""A FastCGI peer that stops in the middle of a request and stays until it is cut off.

usage: peer.py SOCKET header|params|body

Says that it stops once the other side has read all that it sent; ends with 0 once the other side has closed, and says after how many seconds.
"""
import fcntl
import socket
import struct
import sys
import termios
import time

BEGIN, PARAMS, STDIN = 1, 4, 5


def record(kind, content):
    return struct.pack(">BBHHBx", 1, kind, 1, len(content), 0) + content


def pair(name, value):
    return bytes([len(name), len(value)]) + name + value


def unread(peer):
    """Bytes that the other side has not read; none if it has closed."""
    return struct.unpack("i", fcntl.ioctl(peer, termios.TIOCOUTQ, b"\0" * 4))[0]


def main():
    begin = record(BEGIN, struct.pack(">HB5x", 1, 0))
    params = record(PARAMS, b"".join((
        pair(b"REQUEST_METHOD", b"POST"), pair(b"DOCUMENT_URI", b"/sync"),
        pair(b"CONTENT_TYPE", b"application/json"), pair(b"CONTENT_LENGTH", b"100"))))
    parts = {
        "header": begin[:4],
        "params": begin + params[:30],
        "body": begin + params + record(PARAMS, b"") + record(STDIN, b'{"logical_clock"'),
    }
    path, stops_in = sys.argv[1:]
    began = time.monotonic()
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(path)
        peer.sendall(parts[stops_in])
        while unread(peer):
            time.sleep(0.005)
        print(f"stops in the {stops_in}", flush=True)
        while True:
            try:
                data = peer.recv(1 << 16)
            except ConnectionError:
                break
            if not data:
                break
    print(f"{time.monotonic() - began:.1f} cut off in the {stops_in}", flush=True)


if __name__ == "__main__":
    main()
