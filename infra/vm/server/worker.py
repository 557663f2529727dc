"""gunicorn's thread worker, for clients that are slow on purpose or by nature, or too many.

gunicorn's own gives a thread to each connection at once, and lets it wait for a request's end for
ever, so that a few idle or slow clients shut all others out. Its only loop waits for the end of
each connection, too, so that one who does not close his keeps all others out for two seconds.
"""

import contextlib
import errno
import mmap
import os
import socket
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from selectors import EVENT_READ
from typing import Any, Final

from gunicorn.workers.gthread import TConn, ThreadWorker

SENDING: Final = float(os.environ.get("SENDING_SECONDS") or 30)  # a client has to send a request
HURRIED: Final = min(SENDING, 3)  # ... seconds while all threads are held, and others wait
TAKING: Final = SENDING + 60  # seconds after which its connection is closed, come what may
LINGERING: Final = 2  # seconds that a client has to hear the end of an answer
MODEST: Final = 0.001  # seconds in which a process with fewer connections may take the next
PIECE: Final = 2**16  # bytes read at a time
METHOD: Final = "POST"
PATH: Final = "/api/recognize"
READING: Final = f"{METHOD} {PATH}".encode()  # begins a request that may be refused

PROCESSES: Final = 64  # more than are ever started
NONE: Final = -1
Application = Callable[..., Any]  # of WSGI
# How many connections each process has, or NONE where there is no process: shared by all.
_connections: Final = memoryview(mmap.mmap(-1, 4 * PROCESSES)).cast("i")
_connections[:] = memoryview(bytes(b"\xff" * 4 * PROCESSES)).cast("i")


class Connection(TConn):  # type: ignore[misc]  # gunicorn has no types
    """One that ends without keeping the worker."""

    def __init__(self, worker: "Worker", *args: Any) -> None:
        super().__init__(worker.cfg, *args)
        self._worker = worker

    def close(self, graceful: bool = False) -> None:
        """Close it, or let the worker do so once the client has heard all."""
        if graceful:
            self._worker.linger(self)
        else:
            super().close()


class Worker(ThreadWorker):  # type: ignore[misc]
    """Gives a thread to a connection once something arrives, and not for long.

    While there is no room for another picture, it refuses requests to read one by itself: without
    a thread, and without Django, that costs a fifth, and the rest is left for those that are read.
    """

    wsgi: Application

    def __init__(self, *args: Any, **options: Any) -> None:
        self._slot = list(_connections).index(NONE)  # in the arbiter, before the process is there
        super().__init__(*args, **options)
        self._since: dict[TConn, float] = {}
        self._until: dict[TConn, float] = {}

    def load_wsgi(self) -> None:
        """Load the application; what it imports is not for the arbiter."""
        super().load_wsgi()
        from .admission import refusal
        from .views import ADMISSION

        self.wsgi = announcing(self.wsgi)
        self._is_full = ADMISSION.is_full
        self._refusal = refusal()

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
        conn = Connection(self, sock, address, listener.getsockname())
        conn.set_timeout()
        self.pending_conns.append(conn)
        self.poller.register(sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def on_pending_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        """Serve the first request of a connection."""
        if not self._settle(conn, self.pending_conns):
            super().on_pending_socket_readable(conn, client)

    def on_client_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        """Serve another request of it."""
        if not self._settle(conn, self.keepalived_conns):
            super().on_client_socket_readable(conn, client)

    def _settle(self, conn: TConn, among: deque[TConn]) -> bool:
        """Do what needs no thread: close what the client has closed, refuse what is too much."""
        try:
            start = conn.sock.recv(len(READING), socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            start = b""
        if start and not (start == READING and self._is_full()):
            return False
        self.poller.unregister(conn.sock)
        among.remove(conn)
        self.nr_conns -= 1
        if start:
            with contextlib.suppress(OSError):
                conn.sock.send(self._refusal)
            self._log_refusal(conn)
        conn.close(graceful=bool(start))
        return True

    def _log_refusal(self, conn: TConn) -> None:
        """Write the line that gunicorn writes of a request that a thread has served."""
        sent = len(self._refusal)
        facts = {"h": conn.client[0], "m": METHOD, "U": PATH, "s": 503, "B": sent, "M": 0}
        self.log.access_log.info(self.cfg.access_log_format, self.log.atoms_wrapper_class(facts))

    def linger(self, conn: TConn) -> None:
        """Close a connection once its client has, or has had the time to.

        What it still sends is read and forgotten: closed before, the connection would be reset,
        and the answer lost (RFC 9112, section 9.6).
        """
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            conn.sock.setblocking(False)
            self.poller.register(conn.sock, EVENT_READ, partial(self._drain, conn))
        except OSError:
            conn.close()
            return
        self.nr_conns += 1
        self._until[conn] = time.monotonic() + LINGERING

    def _drain(self, conn: TConn, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if client.recv(PIECE):
                return
        self._end(conn)

    def _end(self, conn: TConn) -> None:
        del self._until[conn]
        self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()

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
        for conn, until in list(self._until.items()):
            if until > now:
                break  # as are all after it
            self._end(conn)
        sending = HURRIED if len(self._since) >= self.cfg.threads else SENDING
        for conn, since in list(self._since.items()):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                if now - since > TAKING:
                    conn.sock.shutdown(socket.SHUT_RDWR)
                elif now - since > sending:
                    # What has come whole is answered all the same.
                    conn.sock.shutdown(socket.SHUT_RD)


def announcing(application: Application) -> Application:
    """The application, its answers saying so where the connection ends after them.

    gunicorn ends it after an answer to a request whose body was not read, if that is long, but
    says nothing, and who asks again on it is not answered.
    """

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        def start(*answered: Any) -> Any:
            if _is_left(environ["wsgi.input"].reader):
                start_response.__self__.force_close()
            return start_response(*answered)

        return application(environ, start)

    return answer


def _is_left(body: Any) -> bool:
    """Whether gunicorn's reader of a body has not come to its end, in length or in chunks."""
    return body.length > 0 if hasattr(body, "length") else getattr(body, "parser", None) is not None
