"""Containers of a storage account, of pictures and their answers, for any number of watchers."""

import contextlib
import itertools
import json
import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Final, Generic, Self, TypeVar

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.storage.blob import BlobLeaseClient, BlobProperties, ContainerClient

from shared import batch
from shared.blobs import Account, Answered, bare

from .store import ATTEMPTS, Item, Share, alone

SHARES: Final = 32  # parts that the pictures of a container are split into, one to a thread
LEASE: Final = 15  # seconds for which a share stays with a watcher that was killed, the least
RENEW: Final = 5  # seconds after which its lease is renewed
LEASES: Final = "watchers"  # the container of what is leased
TAKEN: Final = (409, 412)  # the storage's answers when someone else has a lease, or had it
MARKS: Final = 100  # pictures that a share's blob tells of at most: its metadata hold 8 KB
LOOK: Final = 5000  # pictures whose shares are made at once
PAGE: Final = 1000  # names to a request for them, since the SDK takes 7 KB of memory for each
SPARE: Final = 9  # times what listing all took, while names alone are listed, if none was pending

Known = TypeVar("Known")


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
        self._listed_until = 0.0  # on the monotonic clock, when all is to be listed again

    def pending(self) -> Iterator[Share]:
        """Pictures without an answer, changed since theirs, or due for review.

        To list ETags and metadata takes fifteen times as long as names, which tell of new pictures
        alone. After a look that found nothing, all are listed in a tenth of the time at most.
        """
        self._create()
        try:
            yield from self._look()
        except ResourceNotFoundError:
            self._created = False  # a container is gone, and made anew at the next look
            raise

    def _look(self) -> Iterator[Share]:
        if time.monotonic() < self._listed_until and not self._has_new():
            return
        self._died.clear()
        took, is_any = 0.0, False
        uploads = iter(self.account.uploads.list_blobs(results_per_page=PAGE))
        listed = self.account.results.list_blobs(include=["metadata"], results_per_page=PAGE)
        results = _Results((blob.name, Answered.of(blob)) for blob in listed)
        shares: list[Share] | None = []
        while shares is not None:
            while shares:  # none is kept here while the next names are listed
                is_any = True
                yield shares.pop()
            started = time.monotonic()
            shares = self._next(uploads, results)
            took += time.monotonic() - started
        if not is_any:
            self._listed_until = time.monotonic() + SPARE * took

    def _has_new(self) -> bool:
        """Whether there is a picture without an answer."""
        uploads = iter(self.account.uploads.list_blob_names(results_per_page=PAGE))
        listed = self.account.results.list_blob_names(results_per_page=PAGE)
        results = _Results((name, True) for name in listed)
        while names := list(itertools.islice(uploads, LOOK)):
            if not results.of(names).keys() >= set(names):
                return True
        return False

    def _next(
        self, uploads: Iterator[BlobProperties], results: "_Results[Answered]"
    ) -> list[Share] | None:
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
        if not leases.keys() >= shares.keys():
            raise ResourceNotFoundError("The blob of a lease is gone.")
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
                    by_itself = alone(self._alone, suspect=held.is_suspect(item))
                    with by_itself, held.reading(item) as begun:
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


class _Results(Generic[Known]):
    """What is known of the answers to page after page of names, holding no more than a page."""

    def __init__(self, blobs: Iterator[tuple[str, Known]]) -> None:
        """Of the answers' names, sorted, and what is known of each."""
        self._blobs = blobs
        self._ahead: dict[str, Known] = {}
        self._last = ""

    def of(self, names: list[str]) -> dict[str, Known]:
        """The answers to these names, at least; they come after all names of the calls before."""
        # Both lists are sorted, but "a.json" comes after "a!.json" as "a" comes before "a!".
        until = max(map(batch.result_name, names), default="")
        self._ahead = {name: known for name, known in self._ahead.items() if name >= names[0]}
        while self._last <= until:
            blob = next(self._blobs, None)
            if blob is None:
                break
            self._last, known = blob
            if self._last.endswith(batch.SUFFIX):
                self._ahead[self._last.removesuffix(batch.SUFFIX)] = known
        return self._ahead


def _key(name: str) -> str:
    return f"{zlib.crc32(name.encode()) % SHARES:02}"
