"""gunicorn's thread worker, for clients that are slow on purpose or by nature.

gunicorn's own gives a thread to each connection at once, and lets it wait for a request's end for
ever, so that a few idle or slow clients shut all others out.
"""

import contextlib
import errno
import mmap
import os
import socket
import time
from functools import partial
from selectors import EVENT_READ
from typing import Any, Final

from gunicorn.workers.gthread import TConn, ThreadWorker

SENDING: Final = float(os.environ.get("SENDING_SECONDS") or 30)  # a client has to send a request
HURRIED: Final = min(SENDING, 3)  # ... seconds while all threads are held, and others wait
TAKING: Final = SENDING + 60  # seconds after which its connection is closed, come what may
MODEST: Final = 0.001  # seconds in which a process with fewer connections may take the next

PROCESSES: Final = 64  # more than are ever started
NONE: Final = -1
# How many connections each process has, or NONE where there is no process: shared by all.
_connections: Final = memoryview(mmap.mmap(-1, 4 * PROCESSES)).cast("i")
_connections[:] = memoryview(bytes(b"\xff" * 4 * PROCESSES)).cast("i")


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Gives a thread to a connection once something arrives, and not for long."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._slot = list(_connections).index(NONE)  # in the arbiter, before the process is there
        super().__init__(*args, **options)
        self._since: dict[TConn, float] = {}

    @property
    def nr_conns(self) -> int:
        """How many connections it has, as gunicorn counts them; the other processes see it."""
        return _connections[self._slot]

    @nr_conns.setter
    def nr_conns(self, count: int) -> None:
        _connections[self._slot] = count

    def leave(self) -> None:
        """Say, in the arbiter, that the process has ended."""
        _connections[self._slot] = NONE

    def accept(self, listener: socket.socket) -> None:
        """Take a connection, and wait for its first bytes as for those of a kept-alive one.

        All processes hear of it, and the quickest would take nearly all that come at once: they
        would be read by one core, while the others idle.
        """
        if self.nr_conns > min(count for count in _connections if count != NONE):
            time.sleep(MODEST)
        try:
            sock, address = listener.accept()
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ECONNABORTED):
                raise
            return
        self.nr_conns += 1
        conn = TConn(self.cfg, sock, address, listener.getsockname())
        conn.set_timeout()
        self.pending_conns.append(conn)
        self.poller.register(sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def handle(self, conn: TConn) -> Any:
        """Serve a request, in a thread."""
        self._since[conn] = time.monotonic()
        try:
            return super().handle(conn)
        finally:
            del self._since[conn]

    def notify(self) -> None:
        """Tell the arbiter that the worker lives, once a second or more; and look for the slow."""
        super().notify()
        now = time.monotonic()
        sending = HURRIED if len(self._since) >= self.cfg.threads else SENDING
        for conn, since in list(self._since.items()):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                if now - since > TAKING:
                    conn.sock.shutdown(socket.SHUT_RDWR)
                elif now - since > sending:
                    # What has come whole is answered all the same.
                    conn.sock.shutdown(socket.SHUT_RD)
