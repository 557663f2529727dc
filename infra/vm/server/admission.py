"""How many requests are served at once: more are refused at once, rather than all served late.

Each process counts for itself.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

from shared import http, settings
from shared.problems import Problem, too_large

PIECE: Final = 2**16  # bytes read at a time
RETRY: Final = 1  # seconds after which who was refused is asked to come again
LASTING: Final = 2.0  # seconds in which too much has come when someone was refused ...
LONG: Final = 80  # ... or, where pictures take long, in which so many are read ...
OFTEN: Final = 10  # ... so many times, and more, the more often ...
APART: Final = 0.1  # ... at least as many seconds apart: who asks again at once counts as one
WEIGHT: Final = 1 / 16  # of the last picture in the mean of how long one takes


class Admission:
    """Bounds the memory and the time that requests take from each other.

    Args:
        running: pictures that are read at once; their memory is the most of all.
        waiting: requests that wait for their turn at most, their bodies in memory.
        lasting: seconds that one waits at most while more come than can be served, or half of that
            while far more do: the queue would stay full, and all would wait for all of it.
        patience: seconds that one waits at most.
        bodies: bytes of all bodies in memory at most.
    """

    def __init__(
        self, *, running: int, waiting: int, lasting: float, patience: float, bodies: int
    ) -> None:
        self._free = running
        self._queue: deque[threading.Event] = deque()
        self._waiting, self._lasting = waiting, lasting
        self._each = 0.0  # seconds that a picture takes while others wait, on average
        self._ended: float | None = None  # when the last one did, if others waited
        # When, those close together once.
        self._refusals: deque[float] = deque(maxlen=round(LASTING / APART))
        self._patience = patience
        self._left = bodies
        self._counting = threading.Lock()

    def is_full(self) -> bool:
        """Whether who comes now is refused; if so, that is counted."""
        now, refusals = time.monotonic(), list(self._refusals)  # others may add to them
        since = now - max(LASTING, LONG * self._each)
        often = sum(when > since for when in refusals)
        longest = math.inf if often < OFTEN else self._lasting * OFTEN / often
        waiting = len(self._queue)
        if waiting < self._waiting and waiting * self._each < longest:
            return False
        if not refusals or now - refusals[-1] >= APART:
            self._refusals.append(now)
        return True

    @contextmanager
    def body(self, stream: BinaryIO, length: int | None) -> Iterator[bytes]:
        """The body of a request, up to one byte over the limit of an upload.

        It counts as it comes: who sends slowly takes little from the others.

        Args:
            length: as the client announces it, if it does.

        Raises:
            Problem: 400 it ends before its length; 413 it is longer than is read; 503 there are
                too many bodies in memory, or too many requests before it.
        """
        if self.is_full():  # to say so does not take its megabytes
            raise busy()
        parts: list[bytes] = []
        limit = settings.get().max_upload_bytes
        if length is not None and length > limit:
            raise too_large("request", limit)
        left = limit + 1
        try:
            while left and (part := _read(stream, min(PIECE, left))):
                self._take(len(part))
                parts.append(part)
                left -= len(part)
            body = b"".join(parts)
            parts.clear()  # or it would be in memory twice
            if length is not None and len(body) < length:
                raise Problem(400, "The request is cut off.")
            yield body
        finally:
            self._take(left - limit - 1)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A turn to read pictures, first come, first served.

        A turn that ends is handed to who has waited longest: with a semaphore who just comes may
        take it, and the unlucky wait for seconds.

        Raises:
            Problem: 503 too many wait already, or it did not come soon enough.
        """
        with self._counting:
            mine = self._place()
        if mine is not None and not mine.wait(self._patience):
            with self._counting:
                if not mine.is_set():  # or it has come this very moment
                    self._queue.remove(mine)
                    raise busy()
        try:
            yield
        finally:
            with self._counting:
                self._end()
                if self._queue:
                    self._queue.popleft().set()
                else:
                    self._free += 1

    def _place(self) -> threading.Event | None:
        """A place in the queue, set once it has its turn; None where that is now."""
        if self._free:
            self._free -= 1
            return None
        if len(self._queue) >= self._waiting:
            raise busy()
        self._queue.append(mine := threading.Event())
        return mine

    def _end(self) -> None:
        """Note how long a picture took, whose turn ends now."""
        now = time.monotonic()
        if self._ended is not None:
            self._each += WEIGHT * (now - self._ended - self._each)
        self._ended = now if self._queue else None

    def _take(self, size: int) -> None:
        with self._counting:
            if size > self._left:
                raise busy()
            self._left -= size


def _read(stream: BinaryIO, size: int) -> bytes:
    try:
        return stream.read(size)
    except OSError as error:  # gunicorn's words for a client that went away
        raise Problem(400, "The request is cut off.") from error


def busy() -> Problem:
    """What is said to who comes when it is full."""
    return Problem(503, "Too many requests are being served. Please try again.", retry_after=RETRY)


def refusal() -> bytes:
    """The same as a whole HTTP response, after which the connection is closed."""
    answer = http.refused(busy())
    headers = {
        **answer.headers,
        "Content-Length": len(answer.body),
        "Connection": "close",
        "Content-Security-Policy": "default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 503 Service Unavailable\r\n{lines}\r\n".encode() + answer.body
