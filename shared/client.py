"""The client of the batch: `python -m shared.batch submit|status|collect|again`."""

import argparse
import csv
import hashlib
import json
import mimetypes
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.blob import ContentSettings
from tqdm import tqdm

from . import batch, blobs, model, settings
from .files import pictures_in, plain

TRANSFERS: Final = 8  # at the same time
LONGEST: Final = 1024  # characters of a blob's name
KEPT: Final = ("source", "text", "confidence", "detail")  # of an answer, for tables and reports
S = TypeVar("S")
T = TypeVar("T")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if it did all there was to do."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(_account(options.storage), options))
    except KeyboardInterrupt:
        print("\nInterrupted. The same command goes on from here.", file=sys.stderr)
        return 130
    except (ValueError, AzureError, OSError) as error:  # a setting, the storage, a file
        print(f"{str(error).splitlines()[0]}", file=sys.stderr)
    return 1


def _account(address: str | None) -> blobs.Account:
    if address:
        return blobs.connect(address)
    try:
        return blobs.from_environment(os.environ)
    except ValueError as error:
        raise ValueError(f"{error} Or give it as --storage.") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m shared.batch",
        description="Thousands of pictures through blob storage, and a table back.",
    )
    # Before the command or after it, as people write it.
    storage = argparse.ArgumentParser(add_help=False)
    for one, default in ((parser, None), (storage, argparse.SUPPRESS)):
        one.add_argument(
            "--storage",
            metavar="ACCOUNT",
            default=default,
            help="connection string, UseDevelopmentStorage=true, or the URL of the blob service, "
            "where you are signed in with `az login` or the like (else AzureWebJobsStorage)",
        )
    commands = parser.add_subparsers(dest="command", required=True)

    submit_ = commands.add_parser(
        "submit", help="upload the pictures of a folder", parents=[storage]
    )
    submit_.add_argument("folder", type=Path, metavar="FOLDER")
    submit_.set_defaults(run=lambda account, options: submit(account, options.folder))

    status_ = commands.add_parser(
        "status", help="how many are read, waiting, doubtful", parents=[storage]
    )
    status_.set_defaults(run=lambda account, options: status(account, options.prefix))

    collect_ = commands.add_parser(
        "collect", help="the answers as a table and a contact sheet", parents=[storage]
    )
    collect_.add_argument("--csv", type=Path, metavar="OUT.csv")
    collect_.add_argument("--html", type=Path, metavar="OUT.html")
    collect_.set_defaults(
        run=lambda account, options: collect(
            account, options.prefix, table=options.csv, report=options.html
        )
    )
    again_ = commands.add_parser(
        "again",
        help="have read again what was given up, or read by another version",
        parents=[storage],
    )
    again_.add_argument(
        "--waiting", action="store_true", help="also what has no answer, as its event was lost"
    )
    again_.set_defaults(
        run=lambda account, options: again(account, options.prefix, waiting=options.waiting)
    )
    for command in (status_, collect_, again_):
        command.add_argument(
            "prefix", nargs="?", default="", help="only names that begin so, such as a folder's"
        )
    return parser


def submit(account: blobs.Account, folder: Path) -> int:
    """Upload all pictures below a folder, as `FOLDER/PATH`; what is there already is skipped.

    Another picture of the same name is replaced, which is said. 1 if some could not be uploaded,
    which are named.

    Raises:
        ValueError: there is no such folder, or no picture in it.
    """
    root = folder.resolve()
    files = pictures_in(root)
    if not files:
        raise ValueError(f"There are no pictures in {folder}.")
    account.create()
    there = {
        blob.name: bytes(blob.content_settings.content_md5 or b"")
        for blob in account.uploads.list_blobs(name_starts_with=f"{root.name}/")
    }

    def upload(path: Path) -> str:
        name = (root.name / path.relative_to(root)).as_posix()
        try:
            _check(name)
            data = path.read_bytes()
        except (ValueError, OSError) as error:
            tqdm.write(f"{name!r}: {error}", file=sys.stderr)
            return "failed"
        digest = hashlib.md5(data, usedforsecurity=False).digest()
        if there.get(name) == digest:
            return "there"
        kind = ContentSettings(
            content_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
            content_md5=bytearray(digest),
        )
        account.uploads.upload_blob(name, data, overwrite=True, content_settings=kind)
        return "replaced" if name in there else "new"

    counts = Counter(_in_parallel(upload, files, "uploading"))
    replaced = counts["replaced"]
    instead = f", {replaced:,} in place of another of the same name" if replaced else ""
    uploaded = _pictures(counts["new"] + replaced)
    print(f"{uploaded} uploaded{instead}, {counts['there']:,} were there already.")
    if counts["failed"]:
        print(f"{_pictures(counts['failed'])} could not be uploaded.", file=sys.stderr)
    return int(counts["failed"] > 0)


def _check(name: str) -> None:
    """Whether a blob may be called so.

    Raises:
        ValueError: it may not, or its answer may not.
    """
    if "\\" in name:
        raise ValueError("Blob storage takes a backslash for a slash.")
    if len(batch.result_name(name)) > LONGEST:
        raise ValueError("The name is too long.")
    name.encode()  # a UnicodeEncodeError is a ValueError


@dataclass(frozen=True)
class Line:
    """A picture and what is known of its answer."""

    name: str
    etag: str
    known: blobs.Answered | None

    @property
    def state(self) -> str:
        """One of "read", "doubtful", "problem" and "waiting"."""
        if self.known is None or self.known.source != self.etag:
            return "waiting"
        if self.known.is_doubtful:
            return "doubtful"
        return "read" if self.known.outcome == "read" else "problem"


def lines(account: blobs.Account, prefix: str = "") -> Iterator[Line]:
    """All pictures whose names begin with `prefix`, by name.

    Raises:
        ValueError: there is no container of pictures.
    """
    try:
        answered = {
            blob.name: blobs.Answered.of(blob)
            for blob in account.results.list_blobs(name_starts_with=prefix, include=["metadata"])
        }
        for blob in account.uploads.list_blobs(name_starts_with=prefix):
            yield Line(blob.name, blobs.bare(blob.etag), answered.get(batch.result_name(blob.name)))
    except ResourceNotFoundError as error:
        raise ValueError("Nothing was submitted to this account.") from error


def status(account: blobs.Account, prefix: str = "") -> int:
    """Print how many pictures there are in each state."""
    states = Counter(line.state for line in lines(account, prefix))
    count = states.total()
    answered = count - states["waiting"]
    share = f"{answered / count:.0%}" if count else "nothing to do"
    print(f"{_pictures(count)}, {answered:,} answered ({share})")
    for state, words in (
        ("read", "read"),
        ("doubtful", f"read, for a person to look at (queue '{blobs.REVIEW}')"),
        ("problem", "cannot be read"),
        ("waiting", "waiting"),
    ):
        print(f"{states[state]:>9,}  {words}")
    return 0


def collect(
    account: blobs.Account, prefix: str = "", *, table: Path | None, report: Path | None
) -> int:
    """Write the answers to files, or as CSV to the terminal; 1 if some pictures still wait."""
    found = list(lines(account, prefix))
    answered = [line for line in found if line.state != "waiting"]
    fetched = _in_parallel(lambda line: _fetch(account, line), answered, "fetching answers")
    answers = sorted(filter(None, fetched), key=lambda answer: answer["source"])
    waiting = len(found) - len(answers)
    if table is None and report is None:
        write_csv(sys.stdout, answers)
    if table is not None:
        with table.open("w", newline="", encoding="utf-8") as file:
            write_csv(file, answers)
    if report is not None:
        from . import report as reports

        def shown(answer: dict[str, Any]) -> reports.Shown:
            return reports.Shown(answer, reports.thumbnail(_picture(account, answer["source"])))

        pictures = _in_parallel(shown, answers, "fetching pictures")
        reports.write(report, list(pictures), waiting=waiting)
    if waiting:
        print(f"{_pictures(waiting)} not answered yet.", file=sys.stderr)
    return int(waiting > 0)


def again(account: blobs.Account, prefix: str = "", *, waiting: bool = False) -> int:
    """Have read again what was given up, or not read by the networks that are here.

    Each picture is copied onto itself, which is news to every trigger and changes its ETag.
    """
    current = model.load()
    networks = current.version, current.rows_version

    def is_due(line: Line) -> bool:
        if line.state == "waiting":
            return waiting
        known = line.known
        return known is not None and (
            known.outcome == "given up" or (known.model, known.rows) != networks
        )

    due = list(filter(is_due, lines(account, prefix)))

    def touch(line: Line) -> str:
        blob = account.uploads.get_blob_client(line.name)
        return str(blob.start_copy_from_url(blob.url)["copy_status"])

    count = len(list(_in_parallel(touch, due, "asking again")))
    print(f"{_pictures(count)} to be read by version {current.version}.")
    return 0


def write_csv(file: Any, answers: Iterable[dict[str, Any]]) -> None:
    """A row for each answer."""
    rows = csv.writer(file)
    rows.writerow(["source", "text", "confidence", "review", "problem", "model"])
    for answer in answers:
        rows.writerow(
            [
                plain(answer["source"]),
                answer.get("text", ""),
                answer.get("confidence", ""),
                "yes" if answer["review"] else "",
                answer.get("detail", ""),
                answer["version"],
            ]
        )


def _fetch(account: blobs.Account, line: Line) -> dict[str, Any] | None:
    """What is `KEPT` of an answer, its `version`, and whether it is for `review`; None if gone."""
    assert line.known is not None  # noqa: S101 - lines that wait are left out
    try:
        result = account.results.download_blob(batch.result_name(line.name)).readall()
    except ResourceNotFoundError:
        return None
    kept = {key: value for key, value in json.loads(result).items() if key in KEPT}
    return {**kept, "review": line.known.is_doubtful, "version": line.known.model}


def _picture(account: blobs.Account, name: str) -> bytes:
    """A picture's bytes; none if it is gone by now, or larger than is read."""
    found = account.download(name)
    return found[0] if found and len(found[0]) <= settings.get().max_upload_bytes else b""


def _in_parallel(do: Callable[[S], T], items: Sequence[S], title: str) -> Iterator[T]:
    """The results as they come, with a progress bar where someone watches."""
    pool = ThreadPoolExecutor(TRANSFERS)
    try:
        futures = [pool.submit(do, item) for item in items]
        for future in tqdm(
            as_completed(futures), title, len(futures), unit="", disable=not sys.stderr.isatty()
        ):
            yield future.result()
    finally:
        pool.shutdown(cancel_futures=True)  # what is on its way is let through


def _pictures(count: int) -> str:
    return f"{count:,} picture{'' if count == 1 else 's'}"
