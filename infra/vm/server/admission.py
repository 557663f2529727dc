"""How many requests are served at once: more are refused at once, rather than all served late.

Each process counts for itself.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

from shared import http, settings
from shared.problems import Problem

PIECE: Final = 2**16  # bytes read at a time
RETRY: Final = 1  # seconds after which who was refused is asked to come again


class Admission:
    """Bounds the memory and the time that requests take from each other.

    Args:
        running: pictures that are read at once; their memory is the most of all.
        waiting: requests that wait for their turn, their bodies in memory.
        patience: seconds that one waits at most.
        bodies: bytes of all bodies in memory at most.
    """

    def __init__(self, *, running: int, waiting: int, patience: float, bodies: int) -> None:
        self._turns = threading.Semaphore(running)
        self._places = threading.Semaphore(running + waiting)
        self._patience = patience
        self._left = bodies
        self._counting = threading.Lock()

    @contextmanager
    def body(self, stream: BinaryIO, length: int | None) -> Iterator[bytes]:
        """The body of a request, up to one byte over the limit of an upload.

        It counts as it comes: who sends slowly takes little from the others.

        Args:
            length: as the client announces it, if it does.

        Raises:
            Problem: 400 it ends before its length; 413 it is longer than is read; 503 there are
                too many bodies in memory.
        """
        parts: list[bytes] = []
        limit = settings.get().max_upload_bytes
        if length is not None and length > limit:
            raise http.too_large(limit)
        left = limit + 1
        try:
            while left and (part := _read(stream, min(PIECE, left))):
                self._take(len(part))
                parts.append(part)
                left -= len(part)
            if length is not None and sum(map(len, parts)) < length:
                raise Problem(400, "The request is cut off.")
            yield b"".join(parts)
        finally:
            self._take(-sum(map(len, parts)))

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A turn to read pictures.

        Raises:
            Problem: 503 too many wait already, or it did not come soon enough.
        """
        if not self._places.acquire(blocking=False):
            raise _busy()
        try:
            if not self._turns.acquire(timeout=self._patience):
                raise _busy()
            try:
                yield
            finally:
                self._turns.release()
        finally:
            self._places.release()

    def _take(self, size: int) -> None:
        with self._counting:
            if size > self._left:
                raise _busy()
            self._left -= size


def _read(stream: BinaryIO, size: int) -> bytes:
    try:
        return stream.read(size)
    except OSError as error:  # gunicorn's words for a client that went away
        raise Problem(400, "The request is cut off.") from error


def _busy() -> Problem:
    return Problem(503, "Too many requests are being served. Please try again.", retry_after=RETRY)
