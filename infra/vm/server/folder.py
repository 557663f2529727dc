"""A local folder of pictures, and one of their answers, for the watcher."""

import contextlib
import errno
import hashlib
import os
import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from shared import batch, http, settings

from .store import ATTEMPTS, Item, Share, alone

LONGEST: Final = 255  # bytes of a file's name on most file systems
SETTLED: Final = 0.5  # seconds since a file's last change after which it is taken for whole


class Folder:
    """Files below a local folder; an answer carries its picture's time of change.

    While a picture is read, a hidden file among the answers has a byte for each time it was begun.
    """

    def __init__(self, pictures: Path, results: Path, *, settled: float = SETTLED) -> None:
        self.pictures, self.results, self.settled = pictures, results, settled
        self._alone = threading.Lock()
        for folder in (pictures, results):
            folder.mkdir(parents=True, exist_ok=True)

    def pending(self) -> Iterator[Share]:
        """Pictures without an answer, or changed since theirs; hidden files are left alone."""
        for path in sorted(self.pictures.rglob("*")):
            name = path.relative_to(self.pictures)
            if any(part.startswith(".") for part in name.parts) or not _is_file(path):
                continue
            changed = _changed(path)
            if changed is None or time.time_ns() - changed < self.settled * 1e9:
                continue
            if changed != _changed(self._result(str(name))):
                yield Share([Item(str(name), str(changed))])

    def take(self, share: Share) -> Generator[Item, None, None]:
        """All of them, each noted while it is read; a folder has one watcher."""
        for item in share.items:
            begun = self.results / f".{item.mark}.begun"
            deaths = begun.stat().st_size if begun.exists() else 0
            with alone(self._alone, suspect=deaths > 0):
                if deaths < ATTEMPTS:
                    # Where the disk is full its answer cannot be written either, which is counted.
                    with contextlib.suppress(OSError):
                        self.results.mkdir(parents=True, exist_ok=True)
                        with begun.open("ab") as file:
                            file.write(b".")
                try:
                    yield replace(item, deaths=deaths)
                finally:
                    begun.unlink(missing_ok=True)

    def answer(self, item: Item) -> None:
        """Read a picture, unless it is gone."""
        started = time.perf_counter()
        try:
            with (self.pictures / item.name).open("rb") as file:
                data = file.read(settings.get().max_upload_bytes + 1)
        except FileNotFoundError:
            return
        content = batch.answer(item.name, data)
        self._write(item, content)
        batch.log_picture(
            batch.outcome_of(content),
            item.name,
            size=len(data),
            content=content,
            read=1000 * (time.perf_counter() - started),
        )

    def give_up(self, item: Item) -> None:
        """Answer with the problem."""
        self._write(item, batch.given_up(item.name))
        batch.log_picture("given up", item.name)

    def _write(self, item: Item, content: batch.Answer) -> None:
        """Put the answer in its place by renaming a finished file."""
        result = self._result(item.name)
        result.parent.mkdir(parents=True, exist_ok=True)
        partial = result.with_name(f".{item.mark}.part")
        try:
            partial.write_bytes(http.to_json(content))
            os.utime(partial, ns=(time.time_ns(), int(item.version)))
            partial.replace(result)
        finally:
            partial.unlink(missing_ok=True)

    def _result(self, name: str) -> Path:
        """Where the answer goes; a name too long for it is cut, with a mark of its own."""
        result = self.results / batch.result_name(name)
        file = os.fsencode(result.name)
        if len(file) <= LONGEST:
            return result
        mark = f"~{hashlib.sha256(file).hexdigest()[:16]}{batch.SUFFIX}"
        start = file[: LONGEST - len(mark)].decode(errors="ignore")
        return result.with_name(start + mark)


def _changed(path: Path) -> int | None:
    """Time of the last change in ns, to the microsecond that file systems keep on copying."""
    try:
        return path.stat().st_mtime_ns // 1000 * 1000
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
            raise
        return None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except PermissionError:  # as `rglob` leaves out folders that may not be listed
        return False
