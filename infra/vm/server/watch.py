"""The watcher: does for a container or a folder what the blob trigger does in Azure.

It remembers nothing: what has no answer yet, or has changed since, is to be done. Killed at any
moment, it goes on where it was; several at once share the work. What is being read is noted in the
store, so that a picture that ends the process again and again is not read for ever.
"""

import contextlib
import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Final

from azure.core.exceptions import AzureError, HttpResponseError

from .store import ATTEMPTS, Item, Share, Store

REST: Final = 4  # times what a look took that found nothing, until the next one at least

log = logging.getLogger(__name__)


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
        interval: seconds between two looks, at least.
        once: return when nothing is pending any more but that.
        threads: pictures worked on at the same time.
    """
    failures: Counter[tuple[str, str]] = Counter()
    with ThreadPoolExecutor(threads) as pool, ThreadPoolExecutor(1) as lister:
        while not stop.is_set():
            started = time.monotonic()
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
            if not pending:
                stop.wait(max(interval, REST * (time.monotonic() - started)))
            elif answered < pending:  # others are at work on the rest, or it failed
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
