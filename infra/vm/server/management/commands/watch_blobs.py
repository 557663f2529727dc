"""`manage.py watch_blobs`: read what is put into a container, or a folder, as it comes."""

import logging
import os
import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from server.containers import Containers
from server.folder import SETTLED, Folder
from server.store import Store
from server.watch import watch
from shared import blobs, model

log = logging.getLogger(__name__)


class Command(BaseCommand):
    """Starts the watcher; SIGTERM or Ctrl-C stops it after the picture at hand."""

    help = "Reads pictures put into the uploads container (or a folder) into results."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the options."""
        parser.add_argument("--folder", type=Path, help="watch this folder, not blob storage")
        parser.add_argument(
            "--results", type=Path, default=Path("outbox"), help="with --folder: where answers go"
        )
        parser.add_argument(
            "--interval", type=float, default=1.0, help="seconds between looks, at least"
        )
        parser.add_argument(
            "--threads", type=int, default=4, help="pictures worked on at the same time"
        )
        parser.add_argument("--once", action="store_true", help="end when nothing is left to read")

    def handle(self, **options: Any) -> None:
        """Watch until told to stop."""
        if options["threads"] < 1 or options["interval"] < 0:
            raise CommandError("It takes one thread at least, and no less than 0 s between looks.")
        store = _store(options["folder"], options["results"], once=options["once"])
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        model.load()
        log.info("watching")
        watch(
            store,
            stop,
            interval=options["interval"],
            once=options["once"],
            threads=options["threads"],
        )


def _store(folder: Path | None, results: Path, *, once: bool) -> Store:
    if folder is not None:
        if results.resolve().is_relative_to(folder.resolve()):
            raise CommandError("The answers cannot go into the watched folder itself.")
        # Who asks once has put all files in place.
        return Folder(folder, results, settled=0 if once else SETTLED)
    try:
        return Containers(blobs.from_environment(os.environ))
    except ValueError as error:
        raise CommandError(f"{error} Or name a folder with --folder.") from error
