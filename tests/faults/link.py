"""What stands between a worker and its database: a proxy on unix sockets that knows where one
command of the client protocol ends and the next begins, and breaks things at the one that it is
told."""
import os
import select
import signal
import socket
import struct
import threading

COM_QUERY, COM_PREPARE, COM_EXECUTE, COM_CLOSE, COM_BULK = 0x03, 0x16, 0x17, 0x19, 0xfa
HEAD_BYTES = 4
CHUNK_BYTES = 1 << 16


class Trap:
    """Springs at the nth command after the one that holds the marker, the transaction's first. A
    PREPARE is none: whether there is one depends on what this link did before.

    deed: cut, or kill the worker; when: before the command reaches the database, or after the
    database has answered it and before the worker hears of it. times: how often."""

    def __init__(self, marker, nth, deed, when, times=1):
        self.marker = marker
        self.nth = nth
        self.deed = deed
        self.when = when
        self.left = times
        self.sprung_at = None   # the command, as text


class Broken(Exception):
    pass


class Passage:
    """One connection of a worker."""

    def __init__(self, link, worker):
        self.link = link
        self.worker = worker
        self.database = socket.socket(socket.AF_UNIX)
        self.database.connect(link.database_path)
        self.bytes = b""
        self.since_marker = None
        self.statements = {}
        self.preparing = None

    def run(self):
        try:
            while True:
                for ready in select.select([self.worker, self.database], [], [])[0]:
                    self.pass_on(ready)
        except (Broken, OSError):
            pass
        finally:
            self.worker.close()
            self.database.close()

    def pass_on(self, ready):
        data = ready.recv(CHUNK_BYTES)
        if not data:
            raise Broken
        if ready is self.database:
            self.note_statement(data)
            self.worker.sendall(data)
            return
        self.bytes += data
        while len(self.bytes) >= HEAD_BYTES:
            end = HEAD_BYTES + int.from_bytes(self.bytes[:3], "little")
            if len(self.bytes) < end:
                break
            packet, self.bytes = self.bytes[:end], self.bytes[end:]
            if packet[3] == 0 and end > HEAD_BYTES:
                self.meet_trap(packet[HEAD_BYTES:], packet)
            self.database.sendall(packet)

    def note_statement(self, data):
        if self.preparing is not None and data[HEAD_BYTES] == 0:
            self.statements[struct.unpack_from("<I", data, HEAD_BYTES + 1)[0]] = self.preparing
        self.preparing = None

    def name_of(self, command):
        kind = command[0]
        if kind in (COM_QUERY, COM_PREPARE):
            text = " ".join(command[1:].decode(errors="replace").split())
            if kind == COM_PREPARE:
                self.preparing = text
            return text
        if kind in (COM_EXECUTE, COM_BULK):
            return self.statements.get(struct.unpack_from("<I", command, 1)[0], "?")
        return f"command {kind:#x}"

    def meet_trap(self, command, packet):
        name = self.name_of(command)
        trap = self.link.trap
        if trap is None or command[0] in (COM_CLOSE, COM_PREPARE):
            return
        if trap.marker in command and self.since_marker is None:
            self.since_marker = 0
        if self.since_marker is None:
            return
        if self.since_marker == trap.nth and trap.left > 0:
            trap.left -= 1
            trap.sprung_at = name
            self.spring(trap, packet)
        self.since_marker += 1
        if name in ("COMMIT", "ROLLBACK"):
            self.since_marker = None

    def spring(self, trap, packet):
        if trap.when == "after":
            self.database.sendall(packet)
            self.database.recv(CHUNK_BYTES)
        if trap.deed == "kill":
            credentials = self.worker.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED,
                                                 struct.calcsize("3i"))
            os.kill(struct.unpack("3i", credentials)[0], signal.SIGKILL)
        raise Broken


class Link:
    """Listens until the process ends."""

    def __init__(self, path, database_path):
        self.database_path = database_path
        self.trap = None
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        os.chmod(path, 0o666)
        self.listener.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            worker, _ = self.listener.accept()
            try:
                passage = Passage(self, worker)
            except OSError:
                worker.close()  # no database at this moment
                continue
            threading.Thread(target=passage.run, daemon=True).start()
