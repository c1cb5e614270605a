"""What stands between a worker and its database: a proxy on unix sockets that knows where one
command of the client protocol ends and the next begins, and breaks things at the one that it is
told."""
import os
import random
import select
import signal
import socket
import struct
import threading

COM_QUERY, COM_PREPARE, COM_EXECUTE, COM_CLOSE, COM_BULK = 0x03, 0x16, 0x17, 0x19, 0xfa
OK, END, ERROR = 0x00, 0xfe, 0xff
IN_TRANSACTION = 1
HEAD_BYTES = 4
CHUNK_BYTES = 1 << 16


OF_THE_LINK = ("SET @mobync_own", "SHOW CREATE TABLE ", "information_schema.")


class Trap:
    """Springs at the nth command after the one that holds the marker, the transaction's first. A
    PREPARE is none, nor are the mark of own writes and what is learned of the tables: whether there
    is one depends on what this link did before.

    deed: cut, kill the worker, or drop the transaction; when: before the command reaches the
    database, or after the database has answered it and before the worker hears of it. times: how
    often.

    A drop is what a node of a Galera cluster does when another node's write is in the way of a
    transaction: the statement succeeds, and that the transaction is gone is told by the flag alone
    that its answer lacks. With `late`, of a result only the packet behind the last row lacks it."""

    def __init__(self, marker, nth, deed, when, times=1):
        self.marker = marker
        self.nth = nth
        self.deed = deed
        self.when = when
        self.left = times
        self.sprung_at = None   # the command, as text


class Drops:
    """Drops a transaction at one of so many commands in transactions, of any worker."""

    def __init__(self, one_of, seed):
        self.one_of = one_of
        self.random = random.Random(seed)
        self.count = 0

    def hits(self):
        hit = self.random.randrange(self.one_of) == 0
        self.count += hit
        return hit


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
        self.in_transaction = False

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
            if packet[3] != 0 or end == HEAD_BYTES or not self.meets(packet):
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

    def meets(self, packet):
        """True where the command was dealt with, in this or another way."""
        command = packet[HEAD_BYTES:]
        name = self.name_of(command)
        if command[0] in (COM_CLOSE, COM_PREPARE):
            return False
        dealt_with = self.meet_drops(name, packet) or self.meet_trap(command, name, packet)
        if name in ("COMMIT", "ROLLBACK"):
            self.since_marker = None
        return dealt_with

    def meet_drops(self, name, packet):
        if name.startswith("START TRANSACTION"):
            self.in_transaction = True
        elif name in ("COMMIT", "ROLLBACK"):
            self.in_transaction = False
        elif self.in_transaction and self.link.drops is not None and self.link.drops.hits():
            self.drop(packet, late=False)
            return True
        return False

    def meet_trap(self, command, name, packet):
        trap = self.link.trap
        if trap is None or any(mark in name for mark in OF_THE_LINK):
            return False
        if trap.marker in command and self.since_marker is None:
            self.since_marker = 0
        if self.since_marker is None:
            return False
        self.since_marker += 1
        if self.since_marker - 1 != trap.nth or trap.left == 0:
            return False
        trap.left -= 1
        trap.sprung_at = name
        self.spring(trap, packet)
        return True

    def spring(self, trap, packet):
        if trap.deed == "drop":
            self.drop(packet, late=trap.when == "late")
            return
        if trap.when == "after":
            self.database.sendall(packet)
            self.database.recv(CHUNK_BYTES)
        if trap.deed == "kill":
            credentials = self.worker.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED,
                                                 struct.calcsize("3i"))
            os.kill(struct.unpack("3i", credentials)[0], signal.SIGKILL)
        raise Broken


    def drop(self, packet, late):
        """The command succeeds; with its answer the transaction is gone."""
        self.database.sendall(packet)
        answer = self.answer()
        rollback = bytes([COM_QUERY]) + b"ROLLBACK"
        self.database.sendall(len(rollback).to_bytes(HEAD_BYTES, "little") + rollback)
        self.answer()
        marked = [i for i, part in enumerate(answer) if status_place(part, i == 0) is not None]
        for i in marked[-1:] if late else marked:
            answer[i] = without_transaction(answer[i], i == 0)
        self.worker.sendall(b"".join(answer))

    def answer(self):
        """The packets of one answer: an OK, an error, or a result, whose columns and rows each
        have an end."""
        packets = [self.packet()]
        if packets[0][HEAD_BYTES] in (OK, ERROR):
            return packets
        ends = 0
        while ends < 2 and packets[-1][HEAD_BYTES] != ERROR:
            packets.append(self.packet())
            ends += is_end(packets[-1])
        return packets

    def packet(self):
        head = self.exactly(HEAD_BYTES)
        return head + self.exactly(int.from_bytes(head[:3], "little"))

    def exactly(self, length):
        data = b""
        while len(data) < length:
            part = self.database.recv(length - len(data))
            if not part:
                raise Broken
            data += part
        return data


def is_end(packet):
    return packet[HEAD_BYTES] == END and len(packet) < HEAD_BYTES + 9


def status_place(packet, first):
    """Where an OK or the end of columns or rows has the server's status; None if it is neither."""
    if is_end(packet):
        return HEAD_BYTES + 3
    if not first or packet[HEAD_BYTES] != OK:
        return None
    place = HEAD_BYTES + 1
    for _ in ("affected rows", "the last id"):
        place += {0xfc: 3, 0xfd: 4, 0xfe: 9}.get(packet[place], 1)
    return place


def without_transaction(packet, first):
    place = status_place(packet, first)
    return packet[:place] + bytes([packet[place] & ~IN_TRANSACTION]) + packet[place + 1:]


class Link:
    """Listens until the process ends."""

    def __init__(self, path, database_path):
        self.database_path = database_path
        self.trap = None
        self.drops = None
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
