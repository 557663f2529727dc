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

from . import batch, blobs, model
from .__main__ import pictures_in, plain

TRANSFERS: Final = 8  # at the same time
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
    parser = argparse.ArgumentParser(prog="python -m shared.batch", description=main.__doc__)
    parser.description = "Thousands of pictures through blob storage, and a table back."
    parser.add_argument(
        "--storage",
        metavar="ACCOUNT",
        help="connection string, UseDevelopmentStorage=true, or the URL of the blob service, "
        "where you are signed in with `az login` or the like (else AzureWebJobsStorage)",
    )
    commands = parser.add_subparsers(dest="command", required=True)

    submit_ = commands.add_parser("submit", help="upload the pictures of a folder")
    submit_.add_argument("folder", type=Path, metavar="FOLDER")
    submit_.set_defaults(run=lambda account, options: submit(account, options.folder))

    status_ = commands.add_parser("status", help="how many are read, waiting, doubtful")
    status_.set_defaults(run=lambda account, options: status(account, options.prefix))

    collect_ = commands.add_parser("collect", help="the answers as a table and a contact sheet")
    collect_.add_argument("--csv", type=Path, metavar="OUT.csv")
    collect_.add_argument("--html", type=Path, metavar="OUT.html")
    collect_.set_defaults(
        run=lambda account, options: collect(
            account, options.prefix, table=options.csv, report=options.html
        )
    )
    again_ = commands.add_parser(
        "again", help="have read again what another version of the networks has read"
    )
    again_.set_defaults(run=lambda account, options: again(account, options.prefix))
    for command in (status_, collect_, again_):
        command.add_argument(
            "prefix", nargs="?", default="", help="only names that begin so, such as a folder's"
        )
    return parser


def submit(account: blobs.Account, folder: Path) -> int:
    """Upload all pictures below a folder, as `FOLDER/PATH`; what is there already is skipped.

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

    def upload(path: Path) -> bool:
        name = (root.name / path.relative_to(root)).as_posix()
        data = path.read_bytes()
        digest = hashlib.md5(data, usedforsecurity=False).digest()
        if there.get(name) == digest:
            return False
        settings = ContentSettings(
            content_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
            content_md5=bytearray(digest),
        )
        account.uploads.upload_blob(name, data, overwrite=True, content_settings=settings)
        return True

    uploaded = sum(_in_parallel(upload, files, "uploading"))
    print(f"{_pictures(uploaded)} uploaded, {len(files) - uploaded:,} were there already.")
    return 0


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
    answers = sorted(
        _in_parallel(lambda line: _fetch(account, line), answered, "fetching answers"),
        key=lambda answer: answer["source"],
    )
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
        reports.write(report, list(pictures), waiting=len(found) - len(answered))
    if len(answered) < len(found):
        print(f"{_pictures(len(found) - len(answered))} not answered yet.", file=sys.stderr)
    return int(len(answered) < len(found))


def again(account: blobs.Account, prefix: str = "") -> int:
    """Have read again what was not read by the networks that are here.

    Each picture is copied onto itself, which is news to every trigger and changes its ETag.
    """
    current = model.load()
    networks = current.version, current.rows_version
    old = [
        line
        for line in lines(account, prefix)
        if line.known and (line.known.model, line.known.rows) != networks
    ]

    def touch(line: Line) -> str:
        blob = account.uploads.get_blob_client(line.name)
        return str(blob.start_copy_from_url(blob.url)["copy_status"])

    count = len(list(_in_parallel(touch, old, "asking again")))
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


def _fetch(account: blobs.Account, line: Line) -> dict[str, Any]:
    """An answer, with what its metadata say: whether it is for `review`, and the `version`."""
    assert line.known is not None  # noqa: S101 - lines that wait are left out
    result = account.results.download_blob(batch.result_name(line.name)).readall()
    known = {"review": line.known.is_doubtful, "version": line.known.model}
    return {**json.loads(result), **known}


def _picture(account: blobs.Account, name: str) -> bytes:
    """A picture's bytes; none if it is gone by now."""
    try:
        return account.uploads.download_blob(name).readall()
    except ResourceNotFoundError:
        return b""


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
