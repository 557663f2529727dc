"""Where the watcher's pictures come from and their answers go: what each kind of store does."""

import contextlib
import hashlib
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final, Protocol

from shared.blobs import Answered

ATTEMPTS: Final = 5  # as many as the Functions host makes before it gives a message up


@dataclass(frozen=True)
class Item:
    """A picture to read.

    Attributes:
        name: its path in the store.
        version: whatever the store calls so.
        known: in a container, its answer so far.
        deaths: how often a watcher died while it read this picture.
    """

    name: str
    version: str
    known: Answered | None = None
    deaths: int = 0

    @property
    def mark(self) -> str:
        """Stands for this version of the picture where only a few plain letters may."""
        text = f"{self.name}\n{self.version}".encode(errors="surrogateescape")
        return hashlib.blake2b(text, digest_size=8).hexdigest()


@dataclass(frozen=True)
class Share:
    """Items for one thread.

    Attributes:
        key: in a container, the name of the blob that stands for them.
        version: of that blob, when the items were listed.
        noted: its metadata then.
    """

    items: list[Item]
    key: str = ""
    version: str = ""
    noted: Mapping[str, str] = field(default_factory=dict)


class Store(Protocol):
    """Where pictures come from and answers go."""

    def pending(self) -> Iterator[Share]:
        """Pictures without an answer, or changed since theirs, in shares for one thread each."""

    def take(self, share: Share) -> Generator[Item, None, None]:
        """The items of a share one by one, as long as no one else works on it.

        They come with how often a watcher died of them.
        """

    def answer(self, item: Item) -> None:
        """Read a picture and put its answer in its place, whole or not at all."""

    def give_up(self, item: Item) -> None:
        """Put the problem in its place."""


def alone(lock: threading.Lock, *, suspect: bool) -> AbstractContextManager[object]:
    """Keeps suspect pictures from being read side by side, or one would be blamed for another."""
    return lock if suspect else contextlib.nullcontext()
