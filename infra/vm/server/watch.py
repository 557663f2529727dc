"""The watcher: does for a container or a folder what the blob trigger does in Azure.

It remembers nothing: what has no answer yet, or has changed since, is to be done. Killed at any
moment, it goes on where it was; several at once share the work. What is being read is noted in the
store, so that a picture that ends the process again and again is not read for ever.
"""

import contextlib
import errno
import hashlib
import itertools
import json
import logging
import os
import threading
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol, Self

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, HttpResponseError, ResourceExistsError
from azure.storage.blob import BlobLeaseClient, BlobProperties, ContainerClient

from shared import batch, http, settings
from shared.blobs import Account, Answered, bare

ATTEMPTS: Final = 5  # as many as the Functions host makes before it gives a message up
SETTLED: Final = 0.5  # seconds since a file's last change after which it is taken for whole
SHARES: Final = 32  # parts that the pictures of a container are split into, one to a thread
LEASE: Final = 15  # seconds for which a share stays with a watcher that was killed, the least
RENEW: Final = 5  # seconds after which its lease is renewed
LEASES: Final = "watchers"  # the container of what is leased
TAKEN: Final = (409, 412)  # the storage's answers when someone else has a lease, or had it
MARKS: Final = 100  # pictures that a share's blob tells of at most: its metadata hold 8 KB
LOOK: Final = 5000  # pictures whose shares are made at once
PAGE: Final = 1000  # names to a request for them, since the SDK takes 7 KB of memory for each

log = logging.getLogger(__name__)


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
            with _alone(self._alone, suspect=deaths > 0):
                if deaths < ATTEMPTS:
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
            "read" if "text" in content else "problem",
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
        return self.results / batch.result_name(name)


def _alone(lock: threading.Lock, *, suspect: bool) -> AbstractContextManager[object]:
    """Keeps suspect pictures from being read side by side, or one would be blamed for another."""
    return lock if suspect else contextlib.nullcontext()


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


class Containers:
    """Blobs of a storage account, read by any number of watchers.

    Names are split into shares, each with a blob of its own that is leased by who works on it. A
    share that someone else has worked on since the list was made is left for the next list. Where
    a watcher died, the blob also tells which picture is being read, at a request a picture.
    """

    def __init__(self, account: Account) -> None:
        self.account = account
        self.leases: ContainerClient = account.service.get_container_client(LEASES)
        self._alone = threading.Lock()
        self._died: set[str] = set()  # shares whose last watcher had, at this look
        self._created = False

    def pending(self) -> Iterator[Share]:
        """Pictures without an answer, changed since theirs, or due for review."""
        self._create()
        self._died.clear()
        uploads = iter(self.account.uploads.list_blobs(results_per_page=PAGE))
        results = _Results(self.account.results)
        while (shares := self._next(uploads, results)) is not None:
            while shares:  # none is kept here while the next names are listed
                yield shares.pop()

    def _next(self, uploads: Iterator[BlobProperties], results: "_Results") -> list[Share] | None:
        """What is pending of the next pictures; None after the last."""
        leases = {blob.name: blob for blob in self.leases.list_blobs(include=["metadata"])}
        versions = {blob.name: bare(blob.etag) for blob in itertools.islice(uploads, LOOK)}
        if not versions:
            return None
        answered = results.of(list(versions))
        shares: dict[str, list[Item]] = defaultdict(list)
        for name, version in versions.items():
            known = answered.get(name)
            if known is None or known.source != version or known.is_due:
                shares[_key(name)].append(Item(name, version, known))
        return [
            Share(items, key, bare(leases[key].etag), leases[key].metadata or {})
            for key, items in shares.items()
        ]

    def take(self, share: Share) -> Generator[Item, None, None]:
        """The items of a share that no one else has or had, while the lease lasts."""
        died = "working" in share.noted or share.key in self._died
        try:
            with _Held(self.leases, share, died=died) as held:
                if died:  # it may have been in pictures that are listed later at this look
                    self._died.add(share.key)
                for item in share.items:
                    alone = _alone(self._alone, suspect=held.is_suspect(item))
                    with alone, held.reading(item) as begun:
                        yield begun
        except HttpResponseError as error:
            if error.status_code not in TAKEN:  # if it is, the list is old
                raise

    def answer(self, item: Item) -> None:
        """Read a picture, unless it is gone."""
        self.account.answer(item.name, item.known)

    def give_up(self, item: Item) -> None:
        """Answer with the problem, unless it is gone or changed."""
        self.account.give_up(item.name, item.version)

    def _create(self) -> None:
        if self._created:
            return
        self.account.create()
        with contextlib.suppress(ResourceExistsError):
            self.leases.create_container()
        there = {blob.name for blob in self.leases.list_blobs()}
        for key in {f"{number:02}" for number in range(SHARES)} - there:
            with contextlib.suppress(ResourceExistsError):
                self.leases.upload_blob(key, b"", overwrite=False)
        self._created = True


class _Held:
    """The blob of a share while it is leased: its metadata tell what is going on.

    They are `working` from beginning to end, so that who finds that without a lease knows that the
    last watcher died. From then on `begun` tells how often each picture was begun and not ended.
    """

    def __init__(self, leases: ContainerClient, share: Share, *, died: bool) -> None:
        self._blob, self._version = leases.get_blob_client(share.key), share.version
        self._lease = BlobLeaseClient(self._blob)
        self._died = died
        self._begun: dict[str, int] = json.loads(share.noted.get("begun", "{}"))

    def __enter__(self) -> Self:
        self._lease.acquire(
            LEASE, etag=self._version, match_condition=MatchConditions.IfNotModified
        )
        self._renewed = time.monotonic()
        self._note("working")
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(AzureError):
            # A new version of the blob tells the others that their lists are old.
            self._note("worked")
            self._lease.release()

    def is_suspect(self, item: Item) -> bool:
        """Whether a watcher may have died while it read this picture."""
        return self._died or item.mark in self._begun

    @contextlib.contextmanager
    def reading(self, item: Item) -> Iterator[Item]:
        """Note a suspect picture while it is read."""
        if time.monotonic() - self._renewed > RENEW:
            self._lease.renew()
            self._renewed = time.monotonic()
        suspect = self.is_suspect(item)
        deaths = self._begun.pop(item.mark, 0)
        if suspect and deaths < ATTEMPTS:
            self._begun[item.mark] = deaths + 1
            self._note("working")
        try:
            yield replace(item, deaths=deaths)
        finally:
            self._begun.pop(item.mark, None)

    def _note(self, state: str) -> None:
        # Those that are not in this share stay noted: they may be in the next one of its name.
        begun = dict(list(self._begun.items())[-MARKS:])
        self._blob.set_blob_metadata(
            {state: str(time.time_ns()), "begun": json.dumps(begun)}, lease=self._lease
        )


class _Results:
    """What is known of the answers to page after page of names, holding no more than a page."""

    def __init__(self, container: ContainerClient) -> None:
        self._blobs = iter(container.list_blobs(include=["metadata"], results_per_page=PAGE))
        self._ahead: dict[str, Answered] = {}
        self._last = ""

    def of(self, names: list[str]) -> dict[str, Answered]:
        """The answers to these names, which come after all names of the calls before."""
        # Both lists are sorted, but "a.json" comes after "a!.json" as "a" comes before "a!".
        until = max(map(batch.result_name, names), default="")
        self._ahead = {name: known for name, known in self._ahead.items() if name >= names[0]}
        while self._last <= until:
            blob = next(self._blobs, None)
            if blob is None:
                break
            self._last = blob.name
            if blob.name.endswith(batch.SUFFIX):
                self._ahead[blob.name.removesuffix(batch.SUFFIX)] = Answered.of(blob)
        return self._ahead


def _key(name: str) -> str:
    return f"{zlib.crc32(name.encode()) % SHARES:02}"


class _Shares:
    """Shares handed out to threads, one by one.

    All are listed in one thread: the memory that thousands of names take stays with the thread that
    lists them.
    """

    def __init__(self, shares: Iterator[Share], lister: ThreadPoolExecutor) -> None:
        self._shares, self._lister = shares, lister

    def next(self) -> Share | None:
        """One that no other thread has; None when there are no more."""
        return self._lister.submit(next, self._shares, None).result()


def watch(
    store: Store,
    stop: threading.Event,
    *,
    interval: float,
    once: bool = False,
    threads: int = 1,
) -> None:
    """Answer what is pending, again and again, until `stop` is set.

    A store that is away for a while is waited for. What fails for another reason is tried
    `ATTEMPTS` times and then answered with a problem, so that nothing is left without answer; so
    is a picture that as many watchers have died of. Where even the problem cannot be written, as
    the disk is full or the name too long, it is tried again at each look.

    Args:
        interval: seconds between two looks.
        once: return when nothing is pending any more but that.
        threads: pictures worked on at the same time.
    """
    failures: Counter[tuple[str, str]] = Counter()
    with ThreadPoolExecutor(threads) as pool, ThreadPoolExecutor(1) as lister:
        while not stop.is_set():
            shares = _Shares(store.pending(), lister)
            work = [pool.submit(_work, store, shares, failures, stop) for _ in range(threads)]
            wait(work)
            try:
                counts = [future.result() for future in work]
                pending, answered = (sum(count) for count in zip(*counts, strict=True))
            except (AzureError, OSError) as error:
                log.warning("the storage cannot be reached, trying again: %s", error)
                pending, answered = 1, 0
            if once and not pending:
                return
            if not pending or answered < pending:  # others are at work on the rest, or it failed
                stop.wait(interval)


def _work(
    store: Store, shares: _Shares, failures: Counter[tuple[str, str]], stop: threading.Event
) -> tuple[int, int]:
    """Answer share after share; how many items there were, and how many are answered."""
    pending = answered = 0
    while not stop.is_set() and (share := shares.next()) is not None:
        pending += len(share.items)
        with contextlib.closing(store.take(share)) as items:
            for item in items:
                if _answer(store, item, failures):
                    answered += 1
                elif failures[item.name, item.version] >= ATTEMPTS:
                    pending -= 1
                if stop.is_set():
                    break
    return pending, answered


def _answer(store: Store, item: Item, failures: Counter[tuple[str, str]]) -> bool:
    key = (item.name, item.version)
    try:
        if item.deaths < ATTEMPTS:
            store.answer(item)
        else:
            log.error("a picture is given up: %d watchers died of it", item.deaths)
            store.give_up(item)
    except Exception as error:
        if _is_away(error):
            raise
        failures[key] += 1
        if failures[key] <= ATTEMPTS:
            log.exception("a picture failed, time %d of %d", failures[key], ATTEMPTS)
        if failures[key] < ATTEMPTS or not _given_up(store, item):
            return False
    failures.pop(key, None)
    return True


def _given_up(store: Store, item: Item) -> bool:
    try:
        store.give_up(item)
    except Exception as error:
        if _is_away(error):
            raise
        log.error("not even the problem with a picture can be written: %s", error)
        return False
    return True


def _is_away(error: Exception) -> bool:
    """Whether it is the storage that failed, and not one picture in it."""
    if isinstance(error, HttpResponseError) and error.status_code:
        return error.status_code >= 500 or error.status_code in (401, 403, 408, 429)
    return isinstance(error, AzureError)
